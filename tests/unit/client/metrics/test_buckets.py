from __future__ import annotations

import math
import random
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.metrics import DEFAULT_BUCKETS
from deskwatch.client.metrics.buckets import MAX_BUCKETS, Buckets

FINITE = st.floats(allow_nan=False, allow_infinity=False)
BOUNDS = st.lists(FINITE, min_size=1, max_size=20, unique=True).map(sorted)


def one_by_one(bounds: list[float], values: list[float]) -> list[int]:
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return counts


@given(BOUNDS, st.lists(FINITE, max_size=50), st.data())
def test_many_at_once_fall_where_each_falls_alone(
    bounds: list[float], values: list[float], data: st.DataObject
) -> None:
    near = [math.nextafter(bound, bound + side) for bound in bounds for side in (-1, 1)]
    values += data.draw(st.lists(st.sampled_from([*bounds, *near]), max_size=20))
    buckets = Buckets(bounds)
    for _ in range(2):  # the second time with tables, and the most common bucket known
        assert buckets.count(list(values)) == one_by_one(bounds, values)


@pytest.mark.parametrize("exponent", [-12, -5, -3, -1, 3])
def test_latencies_of_any_scale_fall_where_each_falls_alone(exponent: int) -> None:
    random_ = random.Random(exponent)
    values = [random_.lognormvariate(exponent, 1) for _ in range(5_000)]
    buckets = Buckets(DEFAULT_BUCKETS)
    for start in range(0, 5_000, 1_000):
        some = values[start : start + 1_000]
        assert buckets.count(list(some)) == one_by_one(list(DEFAULT_BUCKETS), some)


def test_more_buckets_than_bytes_tell_apart_are_counted_too() -> None:
    bounds = [float(number) for number in range(MAX_BUCKETS + 50)]
    values = [number / 3 for number in range(1_000)]
    assert Buckets(bounds).count(list(values)) == one_by_one(bounds, values)
