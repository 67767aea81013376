"""The shipped prices are what the issue says they are: 45,031 bars, no gap, 47,988 down to 33,061."""

from __future__ import annotations

from itertools import pairwise

from deskwatch.demo.prices import bars


def test_the_month_is_whole() -> None:
    month = list(bars())
    assert len(month) == 45_031
    times = [bar.time_seconds for bar in month]
    assert {later - earlier for earlier, later in pairwise(times)} == {60.0}
    assert (max(bar.close for bar in month), min(bar.close for bar in month)) == (47_988.0, 33_061.0)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in month)
