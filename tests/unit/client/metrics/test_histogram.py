from __future__ import annotations

import gc
import itertools
import math
import random
import signal
import subprocess
import sys
import threading
import tracemalloc
import weakref
from decimal import Decimal

import pytest

from deskwatch.client.metrics import DropReason, Histogram, Registry
from deskwatch.client.metrics.histogram import BATCH
from deskwatch.client.metrics.inlet import WIRES

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
        assert len(histogram._inlet) <= BATCH + WIRES


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


def test_threads_that_outrun_each_other_do_not_make_it_grow(registry: Registry, histogram: Histogram) -> None:
    most, threads_at_once = 0, 16

    def observe() -> None:
        nonlocal most
        for number in range(20_000):
            histogram.observe(0.2)
            if number % 100 == 0:
                most = max(most, len(histogram._inlet))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=observe) for _ in range(threads_at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert most <= (threads_at_once + 1) * (BATCH + WIRES)
    assert sum(histogram.read()[0]) == threads_at_once * 20_000
    assert registry.drops.total == 0


def test_a_tight_loop_of_a_million_values_needs_no_memory(histogram: Histogram) -> None:
    histogram.observe(0.2)
    gc.collect()
    tracemalloc.start()
    try:
        value = 0.0
        for _ in range(1_000_000):
            value += 1e-6
            histogram.observe(value)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1_000_000
    assert sum(histogram.read()[0]) == 1_000_001


def test_a_histogram_that_nobody_holds_is_freed_though_its_observe_is_held() -> None:
    registry = Registry()
    histogram = registry.histogram("wait_seconds", ".")
    observe, watched = histogram.observe, weakref.ref(histogram)
    observe(0.2)
    del registry, histogram
    gc.collect()
    assert watched() is None
    for _ in range(3 * BATCH):
        observe(0.2)  # nobody's, and bounded


def test_a_process_that_ends_in_the_middle_says_nothing() -> None:
    program = (
        "from deskwatch import Registry, default_registry\n"
        "for registry in (default_registry(), Registry()):\n"
        "    observe = registry.histogram('wait_seconds', '.').observe\n"
        f"    for _ in range({BATCH} + 5): observe(0.2)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


class Raised(BaseException):
    """What a signal handler of the bot raises."""


def test_a_signal_handler_that_raises_is_heard_and_no_value_lost(histogram: Histogram) -> None:
    """Signals come at any moment, most of them while a batch is folded."""
    given = itertools.count()
    heard, signals = 0, 200

    def handler(*_: object) -> None:
        raise Raised

    before = signal.signal(signal.SIGVTALRM, handler)
    try:
        for number in range(signals):
            try:
                signal.setitimer(signal.ITIMER_VIRTUAL, 2e-4 + number * 7e-6)
                while True:
                    for value in BOUNDS:
                        next(given)
                        histogram.observe(value)
            except Raised:
                heard += 1
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert heard == signals
    # A signal between next() and observe() leaves a value out, at most one each.
    assert 0 <= next(given) - sum(histogram.read()[0]) <= signals


def test_ctrl_c_is_heard(histogram: Histogram) -> None:
    def observe_for_ever() -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 1e-3)
        while True:
            histogram.observe(0.2)

    before = signal.signal(signal.SIGVTALRM, signal.default_int_handler)  # what Python does at Ctrl-C
    try:
        for _ in range(50):
            with pytest.raises(KeyboardInterrupt):
                observe_for_ever()
    finally:
        signal.signal(signal.SIGVTALRM, before)
