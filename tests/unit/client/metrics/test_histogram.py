from __future__ import annotations

import math
import random
import sys
import threading
from decimal import Decimal

import pytest

from deskwatch.client.metrics import DropReason, Histogram, Registry
from deskwatch.client.metrics.histogram import BATCH, MAX_PENDING

BOUNDS = (0.1, 0.5, 1.0)


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def histogram(registry: Registry) -> Histogram:
    return registry.histogram("wait_seconds", "Waits.", buckets=BOUNDS)


def expected(values: list[float]) -> list[int]:
    """Count the slow way: each value into the first bucket whose bound is not below it."""
    counts = [0] * (len(BOUNDS) + 1)
    for value in values:
        counts[next((i for i, bound in enumerate(BOUNDS) if value <= bound), len(BOUNDS))] += 1
    return counts


@pytest.mark.parametrize("n", [1, BATCH - 1, BATCH, BATCH + 1, 5 * BATCH + 7])
def test_every_value_falls_into_its_bucket(histogram: Histogram, n: int) -> None:
    random_ = random.Random(n)
    values = [random_.choice([0.1, 0.5, 1.0, random_.expovariate(2)]) for _ in range(n)]
    for value in values:
        histogram.observe(value)
    counts, total = histogram.read()
    assert counts == expected(values)
    assert total == pytest.approx(math.fsum(values))


def test_what_is_pending_stays_below_a_batch(histogram: Histogram) -> None:
    for _ in range(10 * BATCH):
        histogram.observe(0.2)
    assert len(histogram._pending) < BATCH


def test_bad_values_are_dropped_and_their_neighbours_kept(registry: Registry, histogram: Histogram) -> None:
    for value in (0.2, math.nan, math.inf, "0.2", None, Decimal("0.3"), 2, object()):
        histogram.observe(value)  # type: ignore[arg-type]
    counts, total = histogram.read()
    assert counts == [0, 2, 0, 1]
    assert total == pytest.approx(2.5)
    drops = registry.drops.read()
    assert (drops[DropReason.NOT_A_NUMBER], drops[DropReason.NOT_FINITE]) == (3, 2)


def test_sixteen_threads_lose_no_value(histogram: Histogram) -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=lambda: [histogram.observe(0.2) for _ in range(5_000)]) for _ in range(16)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            histogram.read()
    finally:
        sys.setswitchinterval(before)
    assert histogram.read()[0] == [0, 16 * 5_000, 0, 0]


def test_a_fold_that_never_ends_does_not_make_it_grow(registry: Registry, histogram: Histogram) -> None:
    histogram._folding.acquire()
    for _ in range(MAX_PENDING + 100):
        histogram.observe(0.2)
    assert len(histogram._pending) == MAX_PENDING
    assert registry.drops.read()[DropReason.QUEUE_FULL] == 100
    histogram._folding.release()
    assert sum(histogram.read()[0]) == MAX_PENDING
