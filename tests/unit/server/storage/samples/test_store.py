"""The store without a file, and how it joins memory and file."""

from __future__ import annotations

import asyncio

import numpy as np

from deskwatch.model import Labels, Matcher, MatchOp, Scrape
from deskwatch.server.storage.samples import SampleStore, Series
from deskwatch.server.storage.samples.merge import merge, prepend
from deskwatch.testing import ManualClock

UP = Labels({"__name__": "up", "job": "a"})
DOWN = Labels({"__name__": "down", "zone": "z"})
NAMED_UP = [Matcher("__name__", MatchOp.EQUAL, "up")]


def series(points: dict[int, float]) -> Series:
    return Series(UP, np.array(list(points), dtype=np.int64), np.array(list(points.values())))


def points(found: Series) -> dict[int, float]:
    return dict(zip(found.ts_ms.tolist(), found.values.tolist(), strict=True))


def test_what_was_appended_is_selected() -> None:
    clock = ManualClock()
    store = SampleStore(clock)
    store.append(Scrape("s", clock.now_ms(), (UP, DOWN), [1.0, 2.0]))
    (found,) = store.select(NAMED_UP, 0, clock.now_ms())
    assert (found.labels, points(found)) == (UP, {clock.now_ms(): 1.0})


def test_labels_are_listed_sorted() -> None:
    clock = ManualClock()
    store = SampleStore(clock)
    store.append(Scrape("s", clock.now_ms(), (UP, DOWN), [1.0, 2.0]))
    now_ms = clock.now_ms()
    assert store.label_names([], 0, now_ms) == ["__name__", "job", "zone"]
    assert store.label_values("__name__", [], 0, now_ms) == ["down", "up"]
    assert store.series(NAMED_UP, 0, now_ms) == [UP]


def test_stats_count_what_was_refused() -> None:
    clock = ManualClock()
    store = SampleStore(clock)
    for _ in range(2):
        store.append(Scrape("s", clock.now_ms(), (UP,), [1.0]))
    stats = store.stats()
    assert (stats.series, stats.appended, stats.refused["duplicate"], stats.history) == (1, 1, 1, False)


def test_without_a_file_flush_and_close_do_nothing() -> None:
    async def scenario() -> int:
        store = SampleStore(ManualClock())
        written = await store.flush()
        await store.close()
        return written

    assert asyncio.run(scenario()) == 0


def test_run_forgets_what_left_the_window() -> None:
    async def scenario() -> int:
        clock = ManualClock()
        store = SampleStore(clock, window_ms=10_000)
        store.append(Scrape("s", clock.now_ms(), (UP,), [1.0]))
        running = asyncio.create_task(store.run())
        for _ in range(4):
            await asyncio.sleep(0)
            clock.advance(5)
            await asyncio.sleep(0)
        running.cancel()
        return store.stats().series

    assert asyncio.run(scenario()) == 0


def test_prepend_takes_from_the_file_only_what_lies_before_memory() -> None:
    joined = prepend(series({1: 10.0, 2: 20.0, 3: 30.0}), series({3: 3.0, 4: 4.0}))
    assert points(joined) == {1: 10.0, 2: 20.0, 3: 3.0, 4: 4.0}


def test_of_two_samples_at_one_time_the_first_source_counts() -> None:
    assert points(merge([series({1: 1.0, 3: 3.0}), series({2: 2.0, 3: 9.0})])) == {1: 1.0, 2: 2.0, 3: 3.0}
