"""The samples of the last hour, in memory.

Way:     store -> [head] -> store.
Time:    rows carry the time of their scrape; what is too old or too new is judged by the ``now_ms`` passed in.
Threads: one writer, readers anywhere; appending takes no lock while the layout of a source stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Final

from deskwatch.model import Labels, Matcher, Scrape
from deskwatch.server.storage.samples.block import Block
from deskwatch.server.storage.samples.merge import merge
from deskwatch.server.storage.samples.pick import Pick
from deskwatch.server.storage.samples.ports import Series, Table
from deskwatch.server.storage.samples.postings import Postings
from deskwatch.server.storage.samples.selection import Selections
from deskwatch.server.storage.samples.source import NEVER_MS, SourceRows

WINDOW_MS: Final = 3_600_000
MAX_AHEAD_MS: Final = 600_000
"""A sample further ahead is refused: maxAheadTime in
https://github.com/prometheus/prometheus/blob/main/scrape/scrape.go."""


class Refusal(StrEnum):
    """Why a scrape was not kept."""

    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    FUTURE = "future"
    MALFORMED = "malformed"


class Head:
    """Recent samples.

    Args:
        window_ms: Rows older than this are forgotten, a block at a time.

    Attributes:
        refused: How many scrapes were not kept, by reason.
        appended: How many samples were kept since the start.
    """

    def __init__(self, *, window_ms: int = WINDOW_MS) -> None:
        self._window_ms = window_ms
        self._sources: dict[str, SourceRows] = {}
        self._postings: Postings[SourceRows] = Postings()
        self._selections = Selections(self._postings)
        self._dropped_ms = NEVER_MS
        self.refused: Counter[Refusal] = Counter(dict.fromkeys(Refusal, 0))
        self.appended = 0

    def __len__(self) -> int:
        return len(self._postings)

    def append(self, scrape: Scrape, now_ms: int) -> Refusal | None:
        """Keep the scrape, or say why not."""
        source = self._sources.get(scrape.source) or self._sources.setdefault(scrape.source, SourceRows())
        refusal = _refusal(source, scrape, now_ms)
        if refusal is not None:
            self.refused[refusal] += 1
            return refusal
        for labels in source.append(scrape):
            self._postings.add(labels, source)
        self.appended += len(scrape.series)
        return None

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Series]:
        """Return the matching series; one that two sources report is merged by time."""
        return [series for table in self.tables(matchers, start_ms, end_ms) for series in table.series()]

    def tables(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Table]:
        """Return the same, a table for each source where that is possible."""
        return self._gathered(matchers, lambda source, pick: source.read(pick, start_ms, end_ms))

    def newest(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Table]:
        """Return the same series, each with its last sample of the range and any number of those before."""
        return self._gathered(matchers, lambda source, pick: source.newest(pick, start_ms, end_ms))

    def matching(self, matchers: Sequence[Matcher]) -> list[Labels]:
        """Return the labels of every series in the window that matches."""
        return [labels for labels, _ in self._postings.match(matchers)]

    def complete_from_ms(self) -> int:
        """Return the time after which the head has forgotten nothing."""
        return self._dropped_ms + 1

    def unflushed(self) -> Iterator[tuple[SourceRows, Block, int, int]]:
        """Yield the rows that were not yet flushed, oldest first within each source."""
        for source in self._sources.values():
            for part in source.unflushed():
                yield (source, *part)

    def rewind(self, ts_ms: int) -> None:
        """Take the rows after the time as not yet flushed: the file that had them is gone."""
        for source in self._sources.values():
            source.flushed_ms = min(source.flushed_ms, ts_ms)

    def drop_old(self, now_ms: int) -> None:
        """Forget the blocks that lie outside the window."""
        for name, source in list(self._sources.items()):
            dropped_ms, gone = source.drop_before(now_ms - self._window_ms)
            self._dropped_ms = max(self._dropped_ms, dropped_ms)
            for labels in gone:
                self._postings.remove(labels, source)
            if not source.blocks:
                del self._sources[name]

    def _gathered(
        self, matchers: Sequence[Matcher], read: Callable[[SourceRows, Pick], Iterator[Table]]
    ) -> list[Table]:
        selection = self._selections.get(matchers)
        tables = [table for source, pick in selection.parts for table in read(source, pick)]
        if selection.is_disjoint:
            return tables
        same: dict[Labels, list[Series]] = {}
        for table in tables:
            for series in table.series():
                same.setdefault(series.labels, []).append(series)
        return [Table.of(merge(parts)) for parts in same.values()]


def _refusal(source: SourceRows, scrape: Scrape, now_ms: int) -> Refusal | None:
    if len(scrape.series) != len(scrape.values):
        return Refusal.MALFORMED
    if scrape.ts_ms > now_ms + MAX_AHEAD_MS:
        return Refusal.FUTURE
    if scrape.ts_ms == source.last_ms:
        return Refusal.DUPLICATE
    if scrape.ts_ms < source.last_ms:
        return Refusal.OUT_OF_ORDER
    return None
