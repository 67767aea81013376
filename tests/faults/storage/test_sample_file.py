"""A damaged sample file, and a server killed while it writes one (reliability A7, A1)."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deskwatch.errors import StorageError, StorageReason
from deskwatch.model import Labels, Matcher, MatchOp, Scrape
from deskwatch.server.storage.samples import SampleStore
from deskwatch.testing import ManualClock

EVERY = [Matcher("__name__", MatchOp.EQUAL, "m")]
FOREVER_MS = 1 << 60
SEED = 20220122

WRITER = """
import asyncio, sys
from pathlib import Path
from deskwatch.model import Labels, Scrape
from deskwatch.server.storage.samples import SampleStore
from deskwatch.testing import ManualClock

async def main(path):
    clock = ManualClock()
    store = SampleStore.open(Path(path), clock)
    assert await store.attached()
    series = tuple(Labels({"__name__": "m", "i": str(i)}) for i in range(200))
    for row in range(100_000):
        store.append(Scrape("s", clock.now_ms(), series, [float(row)] * 200))
        clock.advance(5)
        if row % 5 == 4:
            await store.flush()
            print(row + 1, flush=True)

asyncio.run(main(sys.argv[1]))
"""


def killed_after(path: Path, flushes: int, crash_at: str = "") -> int:
    """Write until so many flushes were reported, kill -9, and return how many rows were reported."""
    environment = {"DESKWATCH_CRASH_AT": crash_at} if crash_at else None
    rows = 0
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            rows = int(line)
            flushes -= 1
            if not flushes:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return rows


def rows_in(path: Path) -> int:
    async def scenario() -> int:
        store = SampleStore.open(path, ManualClock())
        assert await store.attached()
        assert not store.stats().faults, store.stats().faults
        lengths = {len(series.ts_ms) for series in store.select(EVERY, 0, FOREVER_MS)}
        await store.close()
        assert len(lengths) == 1, lengths
        return lengths.pop()

    return asyncio.run(scenario())


@pytest.mark.parametrize("flushes", [1, 3, 9])
def test_kill_9_loses_at_most_the_rows_since_the_last_flush(tmp_path: Path, flushes: int) -> None:
    reported = killed_after(tmp_path / "samples.db", flushes)
    assert reported <= rows_in(tmp_path / "samples.db")


@pytest.mark.parametrize(("point", "kept"), [("samples.commit.before:3", 10), ("samples.commit.after:3", 10)])
def test_kill_9_at_a_commit_leaves_whole_flushes(tmp_path: Path, point: str, kept: int) -> None:
    reported = killed_after(tmp_path / "samples.db", flushes=-1, crash_at=point)
    assert reported == kept
    after = rows_in(tmp_path / "samples.db")
    assert after % 5 == 0
    assert kept <= after <= kept + 5


def truncated(data: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(1, len(data))]


def bits_flipped(data: bytes, source: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(20):
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
    return bytes(damaged)


def tail_zeroed(data: bytes, source: random.Random) -> bytes:
    start = source.randrange(len(data) // 2)
    return data[:start] + bytes(len(data) - start)


def replaced(data: bytes, source: random.Random) -> bytes:
    return source.randbytes(len(data))


@pytest.mark.parametrize("suffix", ["", ".wal"])
@pytest.mark.parametrize("damage", [truncated, bits_flipped, tail_zeroed, replaced])
def test_with_a_damaged_file_the_store_takes_samples_at_once_and_begins_a_new_one(
    tmp_path: Path, damage: Callable[[bytes, random.Random], bytes], suffix: str
) -> None:
    path = tmp_path / "samples.db"
    killed_after(path, flushes=3)
    if suffix == "":
        rows_in(path)  # closing moves the log into the file
    target = path.with_name(path.name + suffix)
    target.write_bytes(damage(target.read_bytes(), random.Random(f"{SEED}{damage.__name__}{suffix}")))

    async def scenario() -> bool:
        store = SampleStore.open(path, ManualClock())
        store.append(Scrape("s", ManualClock().now_ms(), (Labels({"__name__": "now"}),), [1.0]))
        assert len(store.select([Matcher("__name__", MatchOp.EQUAL, "now")], 0, FOREVER_MS)) == 1
        assert await store.attached()
        faults = store.stats().faults
        assert all(fault.reason is StorageReason.DAMAGED for fault in faults)
        assert faults or store.select(EVERY, 0, FOREVER_MS) or suffix == ".wal"
        assert await store.flush() == 1
        await store.close()
        return bool(faults)

    was_told = asyncio.run(scenario())
    assert was_told == bool(list(tmp_path.glob("*.corrupt-*")))


def test_a_new_file_gets_all_that_memory_still_holds(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"

    async def scenario() -> None:
        clock = ManualClock()
        store = SampleStore.open(path, clock)
        assert await store.attached()
        for row in range(300):
            store.append(Scrape("s", clock.now_ms(), (Labels({"__name__": "m"}),), [float(row)]))
            clock.advance(5)
        assert await store.flush() == 300
        store._history._connection.close()
        store.append(Scrape("s", clock.now_ms(), (Labels({"__name__": "m"}),), [300.0]))
        await store.flush()
        path.write_bytes(b"not a database")
        store.attach()
        assert await store.attached()
        assert await store.flush() == 301
        await store.close()

    asyncio.run(scenario())
    assert rows_in(path) == 301


def test_a_query_of_a_dead_file_fails_once_and_memory_answers_the_next(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = SampleStore.open(tmp_path / "samples.db", clock)
        assert await store.attached()
        store.append(Scrape("s", clock.now_ms(), (Labels({"__name__": "m"}),), [1.0]))
        await store.flush()
        store._history._connection.close()
        with pytest.raises(StorageError):
            store.select(EVERY, 0, FOREVER_MS)
        assert len(store.select(EVERY, 0, FOREVER_MS)) == 1
        await store.close()

    asyncio.run(scenario())


def test_a_file_that_is_damaged_under_way_is_let_go_and_memory_answers_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = SampleStore.open(tmp_path / "samples.db", clock)
        assert await store.attached()
        store._history._connection.close()  # what DuckDB does to itself after a fatal error
        store.append(Scrape("s", clock.now_ms(), (Labels({"__name__": "m"}),), [1.0]))
        assert await store.flush() == 0
        assert store.stats().faults
        assert not store.stats().history
        assert len(store.select(EVERY, 0, FOREVER_MS)) == 1
        store.attach()
        assert await store.attached()
        assert await store.flush() == 1
        await store.close()

    asyncio.run(scenario())
