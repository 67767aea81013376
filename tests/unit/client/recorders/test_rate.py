from __future__ import annotations

import pytest

from deskwatch.client.recorders.rate import LOOKS, RecentRate


def test_the_rate_is_of_the_window_that_ends_now() -> None:
    rate = RecentRate(60, now=0)
    for second in range(0, 121, 10):
        rate.add(100 if second < 60 else 40)
        shown = rate.per_second(second)
    assert shown == pytest.approx(4.0)


def test_too_little_time_gives_no_rate() -> None:
    rate = RecentRate(60, now=100)
    rate.add()
    assert rate.per_second(100.5) is None
    assert rate.per_second(102) == 0.5


def test_a_clock_that_is_set_back_begins_anew() -> None:
    rate = RecentRate(60, now=1000)
    rate.add(10)
    rate.per_second(1030)
    assert rate.per_second(10) is None
    rate.add(5)
    assert rate.per_second(20) == 0.5


def test_looks_are_bounded() -> None:
    rate = RecentRate(60, now=0)
    for step in range(10_000):
        rate.per_second(step * 0.05)
    assert len(rate._looks) <= LOOKS + 2


@pytest.mark.parametrize("count", [None, "5", -1, float("nan"), float("inf")])
def test_what_is_no_count_is_left_out(count: object) -> None:
    rate = RecentRate(60, now=0)
    rate.add(count)
    assert rate.per_second(10) == 0
