from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client_fakes import ManualSeconds
from deskwatch import Registry
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.ibkr.positions import Positions

WAIT = 5.0


class Bench:
    """Positions on a manual clock, and what the guard was told."""

    def __init__(self) -> None:
        self.timer = ManualSeconds(0.0)
        self.delays = Delays(WAIT, self.timer, Registry().drops)
        self.noted: list[tuple[str, int]] = []
        self.waiting: set[str] = set()
        guard: Any = self
        self.positions = Positions(guard, self.delays, self.waiting.__contains__)

    def note_position(self, symbol: str, quantity: Decimal, price: Decimal) -> None:
        self.noted.append((symbol, int(quantity)))

    def told(self, units: int) -> None:
        self.positions.told("AAPL", Decimal(units), Decimal(100))

    def filled(self, units: int) -> None:
        self.positions.filled("AAPL", Decimal(units))

    def pass_seconds(self, seconds: float) -> None:
        self.timer.now += seconds
        self.delays.run_due()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_is_held_at_the_start_is_believed_at_once(bench: Bench) -> None:
    bench.told(10)
    bench.positions.believe()
    assert bench.noted == [("AAPL", 10)]
    bench.pass_seconds(WAIT)
    assert bench.noted == [("AAPL", 10)]


@pytest.mark.parametrize("steps", [("told", "filled"), ("filled", "told")])
def test_a_position_that_a_fill_explains_is_not_noted(bench: Bench, steps: tuple[str, ...]) -> None:
    for step in steps:
        getattr(bench, step)(10)
    bench.pass_seconds(WAIT)
    assert bench.noted == []


def test_a_position_that_no_fill_explains_is_believed_after_the_wait(bench: Bench) -> None:
    bench.filled(10)
    bench.told(25)
    bench.pass_seconds(WAIT - 1)
    assert bench.noted == []
    bench.pass_seconds(1)
    assert bench.noted == [("AAPL", 25)]


def test_while_a_fill_waits_for_its_commission_a_position_waits_too(bench: Bench) -> None:
    bench.waiting.add("AAPL")
    bench.told(10)
    bench.positions.believe()
    bench.pass_seconds(WAIT)
    assert bench.noted == []
    bench.waiting.clear()
    bench.filled(10)
    bench.pass_seconds(WAIT)
    assert bench.noted == []


def test_of_several_fills_and_positions_the_last_position_counts(bench: Bench) -> None:
    bench.told(3)
    bench.filled(3)
    bench.filled(4)
    bench.pass_seconds(WAIT - 1)
    bench.told(7)
    bench.pass_seconds(WAIT)
    assert bench.noted == []
