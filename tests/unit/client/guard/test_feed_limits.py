from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from deskwatch.client.guard import Allowed, Confirm, GuardState, MaxClockOffset, MaxDataAge, MaxRejects
from guard_desk import NOW, Desk

YES = Allowed.YES


@pytest.mark.parametrize(
    "declare",
    [
        lambda: MaxDataAge(0),
        lambda: MaxClockOffset(-1),
        lambda: MaxDataAge(1, confirm=(2, 3)),  # type: ignore[arg-type]
        lambda: MaxRejects(0),
        lambda: MaxRejects(3, then=None),  # type: ignore[arg-type]
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(declare: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="was"):
        declare()


def test_old_data_refuses_entries_until_there_is_newer() -> None:
    desk = Desk(MaxDataAge(5))
    assert desk.at(0) is Allowed.DATA_AGE
    desk.guard.note_market_time(NOW)
    assert [desk.at(second) for second in (5, 5.01, 100)] == [YES, Allowed.DATA_AGE, Allowed.DATA_AGE]
    assert desk.at(100, intent="EXIT") is YES
    desk.guard.note_market_time(NOW + 99)
    desk.guard.note_market_time(NOW + 50)
    desk.guard.note_market_time(math.nan)
    assert desk.at(100) is YES
    assert desk.guard.state is GuardState.ACTIVE


def test_data_of_the_future_is_no_newer_data() -> None:
    desk = Desk(MaxDataAge(5))
    desk.guard.note_market_time(NOW + 3600)
    assert (desk.at(0), desk.at(3598)) == (Allowed.DATA_AGE, YES)


def test_old_data_trips_once_two_of_three_orders_found_it_so() -> None:
    desk = Desk(MaxDataAge(5, then=GuardState.REDUCING, confirm=Confirm(2, 3)))
    desk.guard.note_market_time(NOW)
    assert [desk.at(6), desk.at(1), desk.at(1), desk.at(6)] == [Allowed.DATA_AGE, YES, YES, Allowed.DATA_AGE]
    assert desk.guard.state is GuardState.ACTIVE
    assert desk.at(6) is Allowed.DATA_AGE
    assert desk.guard.state is GuardState.REDUCING


def test_data_age_warns_at_80_percent() -> None:
    desk = Desk(MaxDataAge(5))
    desk.guard.note_market_time(NOW)
    assert [desk.at(3.9), desk.at(4), desk.at(4.5)] == [YES] * 3
    assert desk.told("warned") == [("max_data_age", 4.0)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_is_off_refuses_entries_until_it_is_right(sign: int) -> None:
    desk = Desk(MaxClockOffset(1.0))
    assert desk.order() is Allowed.CLOCK_OFFSET
    answers = []
    for offset in (0.1, 1.5, 0.2, math.nan, 0.2):
        desk.guard.note_clock_offset(sign * offset)
        answers.append(desk.order())
    assert answers == [YES, Allowed.CLOCK_OFFSET, YES, Allowed.CLOCK_OFFSET, YES]


def test_measurements_confirm_a_clock_and_orders_do_not() -> None:
    desk = Desk(MaxClockOffset(1.0, then=GuardState.HALTED, confirm=Confirm(2, 3)))
    assert desk.guard.note_clock_offset(1.2) is None
    assert [desk.order() for _ in range(5)] == [Allowed.CLOCK_OFFSET] * 5
    trip = desk.guard.note_clock_offset(-1.3)
    assert trip is not None
    assert str(trip) == "the clock is 1.300 s off, the limit is 1 s"
    assert desk.order() is Allowed.HALTED


def test_rejects_in_a_row_trip_and_an_accepted_order_ends_the_row() -> None:
    desk = Desk(MaxRejects(3))
    assert [desk.guard.order_rejected() for _ in range(2)] == [None, None]
    desk.guard.order_accepted()
    assert [desk.guard.order_rejected() for _ in range(2)] == [None, None]
    trip = desk.guard.order_rejected()
    assert trip is not None
    assert (trip.limit, trip.value, desk.order()) == ("max_rejects", 3.0, Allowed.REDUCING)


def test_rejects_warn_at_80_percent_and_a_reset_ends_the_row() -> None:
    desk = Desk(MaxRejects(5))
    for _ in range(5):
        desk.guard.order_rejected()
    assert desk.told("warned") == [("max_rejects", 4.0)]
    desk.guard.reset("the venue is back")
    assert desk.guard.order_rejected() is None
    assert desk.order() is YES
