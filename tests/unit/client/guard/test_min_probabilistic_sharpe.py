"""A strategy whose edge is gone is stopped, but never for want of a history."""

from __future__ import annotations

import math

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import Registry, TradingMetrics
from deskwatch.client.guard import Confirm, Guard, GuardState, MinProbabilisticSharpe, Readings
from guard_desk import NOW

DAY_SECONDS = 86_400


def guard_of(**settings: object) -> Guard:
    limit = MinProbabilisticSharpe(**{"floor": 0.2, "min_returns": 5, **settings})  # type: ignore[arg-type]
    return Guard([limit], link=CollectingLink(), clock=ManualSeconds(NOW))


def read(guard: Guard, ratio: float | None, returns: int = 10) -> GuardState:
    guard.check(Readings(1000.0, probabilistic_sharpe=ratio, returns=returns))
    return guard.state


def test_it_trips_below_the_floor_and_says_so() -> None:
    guard = guard_of()
    assert read(guard, 0.21) is GuardState.ACTIVE
    assert read(guard, 0.12, returns=11) is GuardState.REDUCING
    assert guard.latched.reason == "a probabilistic Sharpe ratio of 12.0%, the floor is 20.0%"


def test_it_warns_at_80_percent_of_the_way() -> None:
    guard = guard_of()
    read(guard, 0.37)
    read(guard, 0.35, returns=11)  # 1 - 0.35 is above 0.8 times 0.8
    told = [record["limit"] for record in guard.link.records if record["change"] == "warned"]  # type: ignore[attr-defined]
    assert told == ["min_probabilistic_sharpe"]


@pytest.mark.parametrize(("ratio", "returns"), [(None, 10), (0.01, 4), (None, 0)])
def test_what_is_not_known_yet_proves_nothing(ratio: float | None, returns: int) -> None:
    guard = guard_of()
    assert read(guard, ratio, returns) is GuardState.ACTIVE
    assert guard.watches[0].value == 0.0


def test_a_ratio_that_is_no_number_trips() -> None:
    assert read(guard_of(), math.nan) is GuardState.REDUCING


def test_a_ratio_that_is_read_at_each_tick_is_confirmed_once_a_return() -> None:
    guard = guard_of(confirm=Confirm(2, 3))
    for _ in range(50):
        assert read(guard, 0.1, returns=10) is GuardState.ACTIVE
    assert read(guard, 0.5, returns=11) is GuardState.ACTIVE
    assert read(guard, 0.1, returns=12) is GuardState.REDUCING


def test_after_a_reset_only_returns_of_a_new_history_count() -> None:
    guard = guard_of()
    read(guard, 0.1, returns=10)
    assert guard.reset("the strategy was changed")
    assert [read(guard, 0.1, returns) for returns in (0, 4)] == [GuardState.ACTIVE] * 2
    assert read(guard, 0.1, returns=10) is GuardState.REDUCING


@pytest.mark.parametrize("floor", [0, 1, 1.5, -0.1, math.nan, "0.2"])
def test_a_floor_that_cannot_be_meant_is_refused(floor: object) -> None:
    with pytest.raises(ValueError, match="floor must be"):
        MinProbabilisticSharpe(floor)  # type: ignore[arg-type]


def test_a_recorder_feeds_it_with_the_ledgers_figure_and_a_reset_begins_its_history_anew() -> None:
    guard = guard_of(floor=0.3)
    metrics = TradingMetrics("s", starting_equity=1000, guard=guard, registry=Registry(), link=CollectingLink())
    equity, days = 1000.0, 0

    def next_day(factor: float) -> None:
        nonlocal equity, days
        equity, days = equity * factor, days + 1
        metrics.record_equity(equity, market_time=NOW + days * DAY_SECONDS)

    for number in range(6):
        assert guard.state is GuardState.ACTIVE
        next_day(0.99 if number % 2 else 0.98)
    next_day(0.99)
    assert guard.state is GuardState.REDUCING
    assert metrics.ledger.performance.figures.probabilistic_sharpe == pytest.approx(1.0 - guard.latched.value)
    guard.reset("the strategy was changed")
    for number in range(4):
        next_day(0.99 if number % 2 else 0.98)
        assert guard.state is GuardState.ACTIVE
    next_day(0.99)
    next_day(0.98)
    assert guard.state is GuardState.REDUCING
