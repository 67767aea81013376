from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from deskwatch.client.guard import GuardState, Limit, MaxDayLoss, MaxDrawdown, NotANumber, Readings
from deskwatch.client.guard.watch import Level, ReadingWatch


@pytest.mark.parametrize(
    "declare",
    [
        lambda: MaxDrawdown(15),
        lambda: MaxDrawdown(0),
        lambda: MaxDrawdown(math.nan),
        lambda: MaxDrawdown("0.1"),
        lambda: MaxDrawdown(0.1, then=GuardState.ACTIVE),
        MaxDayLoss,
        lambda: MaxDayLoss(0.1, amount=5),
        lambda: MaxDayLoss(amount=-5),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(declare: Callable[[], Limit]) -> None:
    with pytest.raises(ValueError, match="was"):
        declare()


def test_a_day_loss_is_measured_as_it_was_given() -> None:
    readings = Readings(equity=900, day_loss=100, day_loss_ratio=0.1)
    assert MaxDayLoss(0.05).measure(readings) == 0.1
    assert MaxDayLoss(amount=500).measure(readings) == 100


@pytest.mark.parametrize(("equity", "value"), [(1.0, 0), (math.nan, 1), (math.inf, 1), (-math.inf, 1)])
def test_only_a_finite_equity_is_a_number(equity: float, value: float) -> None:
    assert NotANumber().measure(Readings(equity)) == value


def test_a_warning_comes_once_an_episode() -> None:
    watch = ReadingWatch(MaxDrawdown(0.10))
    drawdowns = [0.05, 0.0801, 0.079, 0.081, 0.071, 0.09, 0.069, 0.085]
    levels = [watch.update(Readings(1, drawdown_ratio=drawdown)) for drawdown in drawdowns]
    assert [level is Level.WARN for level in levels] == [False, True, False, False, False, False, False, True]


@pytest.mark.parametrize("drawdown", [0.1, 0.2, math.nan])
def test_the_threshold_itself_and_nan_are_reached(drawdown: float) -> None:
    assert ReadingWatch(MaxDrawdown(0.10)).update(Readings(1, drawdown_ratio=drawdown)) is Level.REACHED


class Broken(MaxDrawdown):
    def measure(self, readings: Readings) -> float:
        raise RuntimeError("broken")

    def describe(self, value: float) -> str:
        raise RuntimeError("broken")


def test_a_limit_that_fails_counts_as_reached() -> None:
    watch = ReadingWatch(Broken(0.1))
    assert watch.update(Readings(1)) is Level.REACHED
    assert "max_drawdown" in watch.describe()
