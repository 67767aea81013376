from __future__ import annotations

import pytest

from deskwatch.client.trading.sliding import SLOTS, SlidingTotals

NOON = 1_641_038_400.0


def test_what_is_older_than_the_window_no_longer_counts() -> None:
    hour = SlidingTotals(3600, 1)
    hour.slot(NOON)[0] += 1.0
    hour.slot(NOON + 1800)[0] += 2.0
    assert hour.totals(NOON + 1800) == [3.0]
    assert hour.totals(NOON + 3599) in ([2.0], [3.0])  # within a slot's width of its end
    assert hour.totals(NOON + 3600) == [2.0]
    assert hour.totals(NOON + 5400) == [0.0]


def test_what_is_within_the_window_counts_up_to_one_slot() -> None:
    hour = SlidingTotals(3600, 1)
    hour.slot(NOON)[0] += 1.0
    assert hour.totals(NOON + 3600 * (SLOTS - 1) / SLOTS - 1) == [1.0]


def test_asking_changes_nothing() -> None:
    hour = SlidingTotals(3600, 1)
    hour.slot(NOON)[0] += 1.0
    assert hour.totals(NOON + 100_000) == [0.0]
    assert hour.totals(NOON) == [1.0]


@pytest.mark.parametrize("start", [0.0, NOON])
def test_a_slot_is_used_again(start: float) -> None:
    hour = SlidingTotals(3600, 1)
    for turn in range(3):
        hour.slot(start + turn * 3600)[0] += 1.0
        assert hour.totals(start + turn * 3600) == [1.0]


def test_sums_side_by_side_do_not_mix() -> None:
    hour = SlidingTotals(3600, 2)
    hour.slot(NOON)[0] += 1.0
    hour.slot(NOON)[1] += 2.0
    hour.slot(NOON + 60)[1] += 4.0
    assert hour.totals(NOON + 60) == [1.0, 6.0]
