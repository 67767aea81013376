"""The sample file: a real DuckDB, opened, closed, locked and asked too much."""

from __future__ import annotations

import asyncio
import math
import struct
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import duckdb
import numpy as np
import pytest

from deskwatch.errors import QueryError, QueryReason, StorageReason
from deskwatch.model import STALE_NAN, Labels, Matcher, MatchOp, Scrape
from deskwatch.server.storage.samples import History, SampleStore, Series
from deskwatch.server.storage.samples.duck import connect
from deskwatch.testing import ManualClock

SERIES = tuple(Labels({"__name__": "m", "i": str(number)}) for number in range(3))
EVERY = [Matcher("__name__", MatchOp.EQUAL, "m")]
FOREVER_MS = 1 << 60


async def attached(store: SampleStore) -> SampleStore:
    assert await store.attached(), store.stats().faults
    return store


async def filled(path: Path, clock: ManualClock, rows: int = 10) -> SampleStore:
    store = await attached(SampleStore.open(path, clock))
    for row in range(rows):
        store.append(Scrape("s", clock.now_ms(), SERIES, [row + number / 10 for number in range(3)]))
        clock.advance(5)
    return store


def run(scenario: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(scenario())


def points(found: list[Series]) -> dict[str, list[tuple[int, float]]]:
    return {
        series.labels["i"]: list(zip(series.ts_ms.tolist(), series.values.tolist(), strict=True)) for series in found
    }


def test_a_restart_keeps_the_samples(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = await filled(tmp_path / "samples.db", clock)
        before = points(store.select(EVERY, 0, FOREVER_MS))
        await store.close()
        store = await attached(SampleStore.open(tmp_path / "samples.db", clock))
        assert points(store.select(EVERY, 0, FOREVER_MS)) == before
        store.append(Scrape("s", clock.now_ms(), SERIES, [7.0, 8.0, 9.0]))
        after = points(store.select(EVERY, 0, FOREVER_MS))
        assert after["2"] == [*before["2"], (clock.now_ms(), 9.0)]
        assert store.series(EVERY, 0, FOREVER_MS) == list(SERIES)
        await store.close()

    run(scenario)


def test_nan_bits_survive_the_file(tmp_path: Path) -> None:
    odd = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_BEEF))[0]
    written = [math.nan, STALE_NAN, odd, 1.5, math.inf, -0.0]

    async def scenario() -> None:
        clock = ManualClock()
        store = await attached(SampleStore.open(tmp_path / "samples.db", clock))
        for value in written:
            store.append(Scrape("s", clock.now_ms(), SERIES[:1], [value]))
            clock.advance(1)
        await store.close()
        store = await attached(SampleStore.open(tmp_path / "samples.db", clock))
        (found,) = store.select(EVERY, 0, FOREVER_MS)
        assert found.values.view(np.uint64).tolist() == np.array(written).view(np.uint64).tolist()
        await store.close()

    run(scenario)


def test_only_what_is_new_is_flushed(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = await filled(tmp_path / "samples.db", clock, rows=4)
        assert [await store.flush(), await store.flush()] == [12, 0]
        store.append(Scrape("s", clock.now_ms(), SERIES[:2], [1.0, 2.0]))
        assert await store.flush() == 3  # two values and the stale marker of the third series
        await store.close()

    run(scenario)


def test_what_left_memory_is_read_from_the_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = await attached(SampleStore.open(tmp_path / "samples.db", clock, window_ms=60_000))
        running = asyncio.create_task(store.run())
        wanted = []
        for row in range(400):
            store.append(Scrape("s", clock.now_ms(), SERIES[:1], [float(row)]))
            wanted.append((clock.now_ms(), float(row)))
            if row % 50 == 49:
                await store.flush()
            clock.advance(5)
            await asyncio.sleep(0)
        assert store._head.complete_from_ms() > wanted[200][0]
        assert points(store.select(EVERY, 0, FOREVER_MS))["0"] == wanted
        running.cancel()
        await store.close()

    run(scenario)


def test_prune_deletes_what_is_older_than_the_retention(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        path = tmp_path / "samples.db"
        await (await filled(path, clock)).close()
        clock.advance(100)
        store = await attached(SampleStore.open(path, clock, retention_ms=120_000))
        store.append(Scrape("new", clock.now_ms(), (Labels({"__name__": "n"}),), [1.0]))
        await store.flush()
        await store.prune()
        kept = [ts_ms for ts_ms, _ in points(store.select(EVERY, 0, FOREVER_MS))["0"]]
        assert kept
        assert min(kept) >= clock.now_ms() - 120_000
        clock.advance(3600)
        await store.prune()
        await store.close()
        with connect(path) as connection:
            assert connection.execute("SELECT count(*) FROM samples").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM series").fetchone() == (0,)

    run(scenario)


def test_a_file_in_use_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    holder = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"

    async def scenario() -> None:
        store = SampleStore.open(path, ManualClock())
        assert not await store.attached()
        (fault,) = store.stats().faults
        assert fault.reason is StorageReason.LOCKED
        await store.close()

    with subprocess.Popen([sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        run(scenario)
        process.stdin.close()
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_closing_does_not_wait_for_a_file_that_is_still_examined(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = SampleStore.open(tmp_path / "samples.db", ManualClock())
        await asyncio.wait_for(store.close(), timeout=5)

    run(scenario)
    assert list(tmp_path.glob("*.corrupt-*")) == []


def opened(path: Path, **limits: float) -> History:
    history = History(path, **limits)  # type: ignore[arg-type]
    history.open(1, lambda fault: pytest.fail(str(fault))).result()
    return history


def test_a_query_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    with connect(path) as connection:
        connection.execute('INSERT INTO series VALUES (1, \'{"__name__": "m"}\')')
        connection.execute("INSERT INTO samples SELECT 1, range, 1.0, 0 FROM range(3000000)")
    history = opened(path, query_seconds=0.001)
    with pytest.raises(QueryError) as caught:
        history.select(EVERY, 0, FOREVER_MS)
    assert caught.value.reason is QueryReason.TIMEOUT
    history.close()


def test_a_query_that_reads_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    with connect(path) as connection:
        connection.execute('INSERT INTO series VALUES (1, \'{"__name__": "m"}\')')
        connection.execute("INSERT INTO samples SELECT 1, range, 1.0, 0 FROM range(101)")
    history = opened(path, max_samples=100)
    with pytest.raises(QueryError, match="more than 100 samples"):
        history.select(EVERY, 0, FOREVER_MS)
    assert len(history.select(EVERY, 0, 99)[0].ts_ms) == 100
    history.close()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY series TO '/tmp/deskwatch-must-not-exist'",
        "ATTACH '/tmp/deskwatch-must-not-exist.db'",
        "SET enable_external_access = true",
    ],
)
def test_nothing_but_the_file_can_be_reached(tmp_path: Path, statement: str) -> None:
    with connect(tmp_path / "samples.db") as connection, pytest.raises(duckdb.Error):
        connection.execute(statement)


def test_quotes_in_labels_are_only_text(tmp_path: Path) -> None:
    hostile = Labels({"__name__": "m", "i": "'); DROP TABLE samples; --\"\\\n"})

    async def scenario() -> None:
        clock = ManualClock()
        store = await attached(SampleStore.open(tmp_path / "samples.db", clock))
        store.append(Scrape("s", clock.now_ms(), (hostile,), [1.0]))
        await store.close()
        store = await attached(SampleStore.open(tmp_path / "samples.db", clock))
        assert [series.labels for series in store.select(EVERY, 0, FOREVER_MS)] == [hostile]
        await store.close()

    run(scenario)
