from __future__ import annotations

from collections.abc import Callable

import pytest

from deskwatch.client.guard import (
    Allowed,
    GuardState,
    MaxOrderRate,
    MaxOrdersPerSignal,
    NoDuplicateOrder,
    OrderLimit,
)
from guard_desk import Desk


@pytest.mark.parametrize(
    "declare",
    [
        lambda: MaxOrderRate(0),
        lambda: MaxOrderRate(2.5),  # type: ignore[arg-type]
        lambda: MaxOrderRate(True),
        lambda: MaxOrderRate(5, window_seconds=0),
        lambda: MaxOrderRate(5, then=GuardState.ACTIVE),
        lambda: MaxOrdersPerSignal(10**6),
        lambda: NoDuplicateOrder(float("nan")),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(declare: Callable[[], OrderLimit]) -> None:
    with pytest.raises(ValueError, match="was"):
        declare()


def test_an_order_beyond_the_rate_trips_and_a_window_later_it_would_not() -> None:
    desk = Desk(MaxOrderRate(3, window_seconds=10))
    assert [desk.at(second) for second in (0, 1, 9, 10, 10.5)] == [*[Allowed.YES] * 4, Allowed.ORDER_RATE]
    assert desk.guard.state is GuardState.REDUCING
    assert desk.at(60) is Allowed.REDUCING
    assert desk.guard.latched.reason == "order 4 within 10 s, the limit is 3"


def test_a_refused_order_does_not_count_as_sent() -> None:
    desk = Desk(MaxOrderRate(2, window_seconds=10, then=None))
    answers = [desk.at(second) for second in (0, 5, 6, 7, 10, 11, 15)]
    assert answers == [
        Allowed.YES,
        Allowed.YES,
        Allowed.ORDER_RATE,
        Allowed.ORDER_RATE,
        Allowed.YES,
        Allowed.ORDER_RATE,
        Allowed.YES,
    ]
    assert desk.guard.state is GuardState.ACTIVE


def test_exits_count_for_the_rate_and_are_never_stopped_by_it() -> None:
    desk = Desk(MaxOrderRate(2, window_seconds=10, then=None))
    assert [desk.at(0, intent="EXIT") for _ in range(5)] == [Allowed.YES] * 5
    assert desk.at(1) is Allowed.ORDER_RATE


def test_a_clock_set_back_by_more_than_a_window_begins_anew() -> None:
    desk = Desk(MaxOrderRate(1, window_seconds=10, then=None))
    assert [desk.at(second) for second in (0, -5, -3600)] == [Allowed.YES, Allowed.ORDER_RATE, Allowed.YES]


def test_the_rate_warns_at_80_percent_once_until_it_falls_below_70() -> None:
    desk = Desk(MaxOrderRate(10, window_seconds=100, then=None))
    for second in range(9):
        desk.at(second)
    assert desk.told("warned") == [("max_order_rate", 8.0)]
    desk.at(200)
    for second in range(201, 210):
        desk.at(second)
    assert desk.told("warned") == [("max_order_rate", 8.0)] * 2


def test_each_signal_has_its_own_count() -> None:
    desk = Desk(MaxOrdersPerSignal(2, then=None))
    signals = ["a", "b", "a", "a", "b", 7, "b"]
    yes, no = Allowed.YES, Allowed.ORDERS_PER_SIGNAL
    assert [desk.order(signal_id=signal) for signal in signals] == [yes, yes, yes, no, yes, yes, no]


def test_one_order_too_many_for_a_signal_trips() -> None:
    desk = Desk(MaxOrdersPerSignal(1))
    desk.order(signal_id="a")
    assert desk.order(signal_id="a") is Allowed.ORDERS_PER_SIGNAL
    assert desk.guard.state is GuardState.REDUCING
    assert desk.told("warned") == []


def test_an_order_of_no_signal_is_refused_and_trips_nothing() -> None:
    desk = Desk(MaxOrdersPerSignal(2))
    assert desk.order() is Allowed.ORDERS_PER_SIGNAL
    assert desk.guard.state is GuardState.ACTIVE


def test_only_the_same_symbol_side_and_size_is_a_duplicate() -> None:
    desk = Desk(NoDuplicateOrder(5))
    assert desk.at(0, 1.5) is Allowed.YES
    assert desk.at(4.9, "1.50") is Allowed.DUPLICATE_ORDER
    assert desk.at(4.9, 1.6) is Allowed.YES
    assert desk.at(4.9, 1.5, side="SELL") is Allowed.YES
    assert desk.at(4.9, 1.5, symbol="ETH") is Allowed.YES
    assert desk.at(5, 1.5) is Allowed.YES
    assert desk.at(9, 1.5) is Allowed.DUPLICATE_ORDER
    assert (desk.guard.state, desk.told("warned")) == (GuardState.ACTIVE, [])


def test_a_duplicate_may_halt() -> None:
    desk = Desk(NoDuplicateOrder(5, then=GuardState.HALTED))
    desk.order()
    assert (desk.order(), desk.order()) == (Allowed.DUPLICATE_ORDER, Allowed.HALTED)
