from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from deskwatch.client.guard import (
    Allowed,
    GuardState,
    MaxExposure,
    MaxOrderNotional,
    MaxPosition,
    OrderLimit,
    Readings,
)
from guard_desk import Desk

YES = Allowed.YES


@pytest.mark.parametrize(
    "declare",
    [
        lambda: MaxOrderNotional(0),
        lambda: MaxOrderNotional(math.inf),
        lambda: MaxPosition(-1),
        lambda: MaxPosition(1, symbol=""),
        MaxExposure,
        lambda: MaxExposure(1, amount=5),
        lambda: MaxExposure(ratio=-1),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(declare: Callable[[], OrderLimit]) -> None:
    with pytest.raises(ValueError, match="was"):
        declare()


@pytest.mark.parametrize(
    ("quantity", "price", "answer"),
    [
        (5.0, 100.0, YES),
        (5.01, 100.0, Allowed.ORDER_NOTIONAL),
        (5.0, -100.0, YES),
        (6.0, -100.0, Allowed.ORDER_NOTIONAL),
    ],
)
def test_the_notional_may_be_used_up(quantity: float, price: float, answer: Allowed) -> None:
    assert Desk(MaxOrderNotional(500)).order(quantity, price=price) is answer


def test_a_size_refuses_the_one_order_and_trips_only_when_told_to() -> None:
    desk = Desk(MaxOrderNotional(500))
    assert (desk.order(6.0), desk.order(1.0), desk.guard.state) == (Allowed.ORDER_NOTIONAL, YES, GuardState.ACTIVE)
    strict = Desk(MaxOrderNotional(500, then=GuardState.HALTED))
    assert (strict.order(6.0), strict.order(1.0)) == (Allowed.ORDER_NOTIONAL, Allowed.HALTED)
    assert strict.told("tripped") == [("max_order_notional", 600.0)]


def test_orders_of_many_sizes_warn_once_a_minute() -> None:
    desk = Desk(MaxOrderNotional(500))
    for second in range(0, 120, 2):
        desk.at(second, 4.5)
        desk.at(second + 1, 1.0)
    assert desk.told("warned") == [("max_order_notional", 450.0)] * 2


def test_working_orders_count_for_the_position_until_they_end() -> None:
    desk = Desk(MaxPosition(10))
    assert [desk.order(6.0), desk.order(5.0), desk.order(4.0)] == [YES, Allowed.POSITION, YES]
    desk.guard.order_closed("BTC", "BUY", 4)
    assert desk.order(4.5) is Allowed.POSITION
    assert desk.order(4.0) is YES


def test_resting_sells_make_no_room_for_buys_but_filled_ones_do() -> None:
    desk = Desk(MaxPosition(10))
    assert [desk.order(10.0), desk.order(10.0, "SELL"), desk.order(1.0)] == [YES, YES, Allowed.POSITION]
    desk.guard.order_filled("BTC", "SELL", 4, 100)
    assert [desk.order(5.0), desk.order(4.0)] == [Allowed.POSITION, YES]


def test_a_short_position_is_limited_too_and_may_be_bought_back() -> None:
    desk = Desk(MaxPosition(10))
    desk.guard.note_position("BTC", -25, 100)
    assert [desk.order(1.0, "SELL"), desk.order(35.0), desk.order(0.1)] == [Allowed.POSITION, YES, Allowed.POSITION]


def test_tenths_may_add_up_to_the_limit() -> None:
    """In floats 0.1 + 0.1 + 0.1 is more than 0.3."""
    desk = Desk(MaxPosition(0.3))
    assert [desk.order(0.1) for _ in range(4)] == [YES, YES, YES, Allowed.POSITION]


def test_a_huge_refused_order_leaves_no_rounding_behind() -> None:
    desk = Desk(MaxPosition(10), MaxExposure(amount=1000))
    desk.order(8.0)
    assert desk.order(1e29) is Allowed.POSITION
    assert [desk.order(3.0), desk.order(2.0)] == [Allowed.POSITION, YES]


def test_a_position_may_have_a_limit_of_its_own() -> None:
    desk = Desk(MaxPosition(10, symbol="BTC"), MaxPosition(1000))
    assert [desk.order(11.0), desk.order(11.0, symbol="DOGE"), desk.order(10.0)] == [Allowed.POSITION, YES, YES]
    assert [watch.limit.name for watch in desk.guard.watches[1:]] == ["max_position_BTC", "max_position"]


def test_exposure_is_the_sum_of_all_positions_of_the_equity() -> None:
    """Equity 1,000 and a price of 100: each unit is 10 % of it."""
    desk = Desk(MaxExposure(ratio=2))
    assert [desk.order(10.0), desk.order(6.0, "SELL", "ETH"), desk.order(5.0, symbol="SOL")] == [
        YES,
        YES,
        Allowed.EXPOSURE,
    ]
    desk.guard.check(Readings(equity=1100))
    assert desk.order(5.0, symbol="SOL") is YES
    assert desk.told("warned") == [("max_exposure", 1.6)]


def test_exposure_takes_the_newest_price() -> None:
    desk = Desk(MaxExposure(amount=1000))
    assert desk.order(4.0) is YES
    desk.guard.order_filled("BTC", "BUY", 4, 200)
    assert [desk.order(2.0, symbol="ETH", price=101.0), desk.order(2.0, symbol="ETH")] == [Allowed.EXPOSURE, YES]


@pytest.mark.parametrize("equity", [math.nan, 0.0, -5.0])
def test_exposure_of_no_equity_is_refused(equity: float) -> None:
    desk = Desk(MaxExposure(ratio=2))
    desk.guard._gate.book.equity = equity
    assert desk.order() is Allowed.EXPOSURE
    assert desk.guard.state is GuardState.ACTIVE


def test_an_order_that_another_limit_refuses_takes_no_room() -> None:
    desk = Desk(MaxPosition(10), MaxOrderNotional(500))
    assert [desk.order(6.0), desk.order(5.0), desk.order(5.0), desk.order(0.1)] == [
        Allowed.ORDER_NOTIONAL,
        YES,
        YES,
        Allowed.POSITION,
    ]
