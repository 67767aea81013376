"""Head and history as one store.

Way:     scrape/ingest/rules -> [store] -> promql.
Time:    the Clock passed in.
Threads: ``append``, ``flush``, ``run`` and ``close`` on the event loop; reading from any thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from deskwatch.errors import StorageError, StorageReason
from deskwatch.model import Clock, Labels, Matcher, Scrape
from deskwatch.server.storage.samples.batch import Rows
from deskwatch.server.storage.samples.block import Block
from deskwatch.server.storage.samples.head import WINDOW_MS, Head
from deskwatch.server.storage.samples.history import History
from deskwatch.server.storage.samples.merge import prepend
from deskwatch.server.storage.samples.ports import Series, Table
from deskwatch.server.storage.samples.source import SourceRows

FLUSH_SECONDS: Final = 5.0  # reliability: a crash loses at most 5 s of samples
PRUNE_SECONDS: Final = 3600.0
ATTACH_SECONDS: Final = 60.0  # examining a file costs a process; one in use may take a while to be free
MAX_BATCH_SAMPLES: Final = 262_144
"""At most so many go in one transaction, 28 bytes each; only a file that was late or lost has more to take."""
MAX_FAULTS: Final = 100  # kept to be shown, not to be counted
RETENTION_MS: Final = 30 * 86_400_000  # DESIGN "Scale": 30 days

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SampleStats:
    """How the store is doing.

    Attributes:
        series: How many series the head holds.
        appended: Samples kept since the start.
        flushed: Samples written to the file since the start.
        refused: Scrapes that were not kept, by reason.
        history: Whether a file is attached, or about to be.
        faults: What went wrong with the file.
    """

    series: int
    appended: int
    flushed: int
    refused: Mapping[str, int]
    history: bool
    faults: Sequence[StorageError]


class SampleStore:
    """Recent samples in memory and, with a path, older ones in a file.

    Args:
        clock: The time.
        path: The file; without one there is no history.
        window_ms: How much is held in memory.
        retention_ms: How much is held in the file.
    """

    def __init__(
        self, clock: Clock, path: Path | None = None, *, window_ms: int = WINDOW_MS, retention_ms: int = RETENTION_MS
    ) -> None:
        self._clock = clock
        self._path = path
        self._retention_ms = retention_ms
        self._head = Head(window_ms=window_ms)
        self._history: History | None = None
        self._opening: tuple[History, Future[None]] | None = None
        self._flushed = 0
        self._flushed_to: History | None = None
        self._faults: deque[StorageError] = deque(maxlen=MAX_FAULTS)

    @classmethod
    def open(cls, path: Path, clock: Clock, *, window_ms: int = WINDOW_MS, retention_ms: int = RETENTION_MS) -> Self:
        """Return a store at once; its file is examined and attached in the background."""
        store = cls(clock, path, window_ms=window_ms, retention_ms=retention_ms)
        store.attach()
        return store

    def attach(self) -> Future[None] | None:
        """Begin to open the file, unless it is open or there is none."""
        if self._path is None or self._history is not None or self._opening is not None:
            return None
        history = History(self._path)
        opening = history.open(self._clock.now_ms(), self._note)
        self._opening = (history, opening)
        opening.add_done_callback(lambda _: self._opened(history, opening))
        return opening

    async def attached(self) -> bool:
        """Wait until the file is open or given up, and say which."""
        opening = self._opening
        if opening is not None:
            ended = asyncio.wrap_future(opening[1])
            await asyncio.wait([ended])
            ended.exception()  # told by _opened; asyncio would tell of it again, as never retrieved
        return self._history is not None

    def append(self, scrape: Scrape) -> None:
        """Keep the scrape; one that is out of order, or too far ahead, is counted and left out."""
        self._head.append(scrape, self._clock.now_ms())

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Series]:
        """Return the series that match, each with its samples in the range.

        Raises:
            QueryError: Reading the file took too long or would read too much.
            StorageError: The file could not be read; it is detached, and the next answer comes from memory.
        """
        return [series for table in self.tables(matchers, start_ms, end_ms) for series in table.series()]

    def tables(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Table]:
        """Return what :meth:`select` returns, and raise what it raises; series that share their times together."""
        recent = self._head.tables(matchers, start_ms, end_ms)
        older = self._older(matchers, start_ms, end_ms)
        if not older:
            return recent
        before = {series.labels: series for series in older}
        joined = [_with_older(before, series) for table in recent for series in table.series()]
        return [Table.of(series) for series in (*joined, *before.values())]

    def newest(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Table]:
        """Return the same series, each with its last sample of the range and any number of those before."""
        history = self._history
        if history is not None and self._reaches_into(history, start_ms):
            return self.tables(matchers, start_ms, end_ms)
        return self._head.newest(matchers, start_ms, end_ms)

    def series(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Labels]:
        """Return the labels of the series that match, by window and file as a whole, not by sample."""
        found = set(self._head.matching(matchers)) if end_ms >= self._head.complete_from_ms() else set()
        history = self._history
        if history is not None and self._reaches_into(history, start_ms):
            found.update(history.matching(matchers))
        return sorted(found)

    def label_names(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[str]:
        """Return the sorted names of all labels of the series that match."""
        return sorted({name for labels in self.series(matchers, start_ms, end_ms) for name in labels})

    def label_values(self, name: str, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[str]:
        """Return the sorted values that one label has in the series that match."""
        found = self.series(matchers, start_ms, end_ms)
        return sorted({labels[name] for labels in found if name in labels})

    async def flush(self) -> int:
        """Write what is new to the file.

        Returns:
            How many samples were written; 0 when there is no file or it could not be written.
        """
        history, count = self._history, 0
        if history is None:
            return 0
        if history is not self._flushed_to:
            self._head.rewind(history.newest_ms)
            self._flushed_to = history
        for sources, batch in _batches(self._head.unflushed()):
            try:
                count += await asyncio.wrap_future(history.write(batch))
            except StorageError as fault:
                self._failed(history, fault)
                break
            for source, rows in zip(sources, batch, strict=True):
                source.flushed_ms = rows.newest_ms
        self._flushed += count
        return count

    async def prune(self) -> None:
        """Delete from the file what is older than the retention."""
        history = self._history
        if history is None:
            return
        try:
            await asyncio.wrap_future(history.prune(self._clock.now_ms() - self._retention_ms))
        except StorageError as fault:
            self._failed(history, fault)

    async def run(self) -> None:
        """Flush every 5 s, prune hourly, and try every minute for a file that was lost."""
        attach_at = prune_at = self._clock.monotonic()
        while True:
            await self._clock.sleep(FLUSH_SECONDS)
            await self.flush()
            self._head.drop_old(self._clock.now_ms())
            now = self._clock.monotonic()
            if now >= attach_at:
                attach_at = now + ATTACH_SECONDS
                self.attach()
            if now >= prune_at:
                prune_at = now + PRUNE_SECONDS
                await self.prune()

    async def close(self) -> None:
        """Flush and close the file."""
        if self._opening is not None:
            self._opening[0].stop_opening()
        await self.attached()
        await self.flush()
        attached, self._history = self._history, None
        if attached is not None:
            await asyncio.to_thread(attached.close)

    def stats(self) -> SampleStats:
        """Return how the store is doing."""
        return SampleStats(
            series=len(self._head),
            appended=self._head.appended,
            flushed=self._flushed,
            refused={reason.value: count for reason, count in self._head.refused.items()},
            history=self._history is not None or self._opening is not None,
            faults=tuple(self._faults),
        )

    def _older(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Series]:
        history = self._history
        if history is None or not self._reaches_into(history, start_ms):
            return []
        try:
            return history.select(matchers, start_ms, end_ms)
        except StorageError as fault:
            self._failed(history, fault)
            raise

    def _reaches_into(self, history: History, start_ms: int) -> bool:
        """Say whether memory lacks any of what came later: what the file brought along, or what was forgotten."""
        return start_ms < max(history.newest_ms + 1, self._head.complete_from_ms())

    def _opened(self, history: History, opening: Future[None]) -> None:
        """Take the opened file into use; called in its thread."""
        error = opening.exception()
        if error is None:
            self._history = history
        else:
            unknown = StorageError(f"{self._path}: {error!r}", reason=StorageReason.DISK)
            self._note(error if isinstance(error, StorageError) else unknown)
            history.close(wait=False)
        self._opening = None

    def _failed(self, history: History, fault: StorageError) -> None:
        """Keep a file that is merely full; let a damaged one go, to be examined anew within a minute."""
        self._note(fault)
        if fault.reason is StorageReason.DAMAGED and self._history is history:
            self._history = None
            history.close(wait=False)

    def _note(self, fault: StorageError) -> None:
        logger.warning("samples: %s", fault)
        self._faults.append(fault)


def _with_older(before: dict[Labels, Series], series: Series) -> Series:
    """Return the series with what the file has before it, which is taken out of ``before``."""
    older = before.pop(series.labels, None)
    return series if older is None else prepend(older, series)


def _batches(
    parts: Iterable[tuple[SourceRows, Block, int, int]],
) -> Iterator[tuple[list[SourceRows], list[Rows]]]:
    """Yield what is to be flushed, in transactions that are not too large."""
    sources: list[SourceRows] = []
    batch: list[Rows] = []
    samples = 0
    for source, block, first, last in list(parts):
        sources.append(source)
        batch.append(Rows(block, first, last))
        samples += len(block.series) * (last - first)
        if samples >= MAX_BATCH_SAMPLES:
            yield sources, batch
            sources, batch, samples = [], [], 0
    if batch:
        yield sources, batch
