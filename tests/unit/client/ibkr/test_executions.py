from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import Registry, TradingMetrics
from deskwatch.client.ibkr import executions as module
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.ibkr.executions import Execution, Executions, split_exec_id
from deskwatch.client.ibkr.metrics import IbkrMetrics

WAIT = 5.0


class Bench:
    """Executions on a manual clock, and the fills that they recorded."""

    def __init__(self) -> None:
        self.timer = ManualSeconds(0.0)
        self.registry, self.link = Registry(), CollectingLink()
        self.metrics = TradingMetrics("s", registry=self.registry, link=self.link)
        self.delays = Delays(WAIT, self.timer, self.registry.drops)
        self.heard: list[tuple[str, Decimal]] = []
        self.executions = Executions(
            self.metrics,
            IbkrMetrics(registry=self.registry),
            self.delays,
            lambda symbol, units: self.heard.append((symbol, units)),
        )

    def take(self, exec_id: str, units: int = 10, price: int = 100, side: str = "BUY") -> None:
        report: Any = SimpleNamespace(execId="", commission=0.0, currency="")
        told = Execution(exec_id, "AAPL", side, Decimal(units), Decimal(price), "USD", 1, 1_700_000_000.0, report)
        self.executions.take(told)

    def fills(self) -> list[tuple[str, str, str, str]]:
        return [
            (record["side"], record["quantity"], record["price"], record["fee"]) for record in self.link.of_kind("fill")
        ]

    def count(self, name: str) -> float:
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name}{{"))


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("exec_id", "parts"),
    [
        ("0001f4e8.57a1.01.01", ("0001f4e8.57a1.01", 1)),
        ("0001f4e8.57a1.01.12", ("0001f4e8.57a1.01", 12)),
        ("U+1_1", ("U+1_1", 0)),
        ("a.b", ("a.b", 0)),
        (".01", (".01", 0)),
        ("a.99999999999999999999", ("a.99999999999999999999", 0)),
        ("", ("", 0)),
    ],
)
def test_an_exec_id_is_split_at_its_last_full_stop(exec_id: str, parts: tuple[str, int]) -> None:
    assert split_exec_id(exec_id) == parts


def test_a_fill_waits_exactly_as_long_as_it_may(bench: Bench) -> None:
    bench.take("a.01")
    bench.timer.now = WAIT - 0.001
    bench.delays.run_due()
    assert bench.fills() == []
    assert bench.executions.waits_for("AAPL")
    bench.timer.now = WAIT
    bench.delays.run_due()
    assert bench.fills() == [("BUY", "10", "100", "0")]
    assert not bench.executions.waits_for("AAPL")
    assert bench.count("ibkr_fills_without_commission_total") == 1


def test_a_correction_begins_a_wait_of_its_own(bench: Bench) -> None:
    bench.take("a.01")
    bench.timer.now = 4
    bench.take("a.02", price=90)
    bench.timer.now = 6
    bench.delays.run_due()
    assert bench.fills() == []
    bench.executions.commission("a.01", 9, "USD")  # that of what was corrected
    assert bench.fills() == []
    bench.executions.commission("a.02", 1, "USD")
    assert bench.fills() == [("BUY", "10", "90", "1")]


def test_a_correction_to_nothing_takes_the_fill_back(bench: Bench) -> None:
    bench.take("a.01", side="SELL")
    bench.executions.commission("a.01", 1, "USD")
    bench.take("a.02", units=0, side="SELL")
    bench.executions.commission("a.02", 0, "USD")
    assert bench.fills() == [("SELL", "10", "100", "1"), ("BUY", "10", "100", "0")]
    assert sum(units for _, units in bench.heard) == 0


def test_a_correction_whose_commission_never_comes_keeps_that_of_the_first(bench: Bench) -> None:
    bench.take("a.01")
    bench.executions.commission("a.01", 1, "USD")
    bench.take("a.02", price=90)
    bench.executions.flush()
    bench.take("a.03", price=80)
    bench.executions.commission("a.03", 3, "USD")
    assert [fee for *_, fee in bench.fills()] == ["1", "0", "0", "0", "2"]


def test_corrections_of_what_was_before_the_watch_are_left_out(bench: Bench) -> None:
    bench.executions.leave_out("a.01")
    bench.take("a.01")
    bench.take("a.02")
    bench.executions.flush()
    assert bench.fills() == []
    assert bench.count("ibkr_fill_corrections_total") == 0


def test_what_is_remembered_is_bounded_and_what_waits_is_recorded_before_it_is_forgotten(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 3)
    for number in range(5):
        bench.take(f"{number}x.01", price=100 + number)
    assert [price for _, _, price, _ in bench.fills()] == ["100", "101"]
    assert len(bench.executions._kept) == len(bench.executions._waiting) == 3


def test_a_commission_that_is_no_number_does_not_lose_the_fill(bench: Bench) -> None:
    bench.take("a.01")
    bench.executions.commission("a.01", 1.7976931348623157e308, "USD")  # how TWS spells a value that is not set
    assert bench.fills() == [("BUY", "10", "100", "0")]
    assert bench.count("ibkr_fills_without_commission_total") == 1
