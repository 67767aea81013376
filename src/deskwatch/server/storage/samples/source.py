"""All recent rows of one source.

Threads: one writer. A reader takes ``blocks`` and each block's ``rows`` once and then works on what can no
         longer change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from deskwatch.model import Labels, Scrape
from deskwatch.server.storage.samples.block import ABSENT, Block, is_absent
from deskwatch.server.storage.samples.ports import Series, Timestamps, Values

NEVER_MS = -(1 << 62)


class SourceRows:
    """The rows of one source, oldest block first."""

    def __init__(self) -> None:
        self.blocks: tuple[Block, ...] = ()
        self.last_ms = NEVER_MS
        self.flushed_ms = NEVER_MS
        self._layout: tuple[Labels, ...] = ()

    def append(self, scrape: Scrape) -> tuple[Labels, ...]:
        """Add a row.

        Returns:
            The series that may be new to this source, empty while the layout stays.
        """
        series = self._layout if scrape.series == self._layout else scrape.series
        ended = [] if series is self._layout else sorted(set(self._layout).difference(series))
        block = self._block_for(series, ended)
        is_new = not block.rows
        block.append(scrape.ts_ms, series, np.asarray(scrape.values, dtype=np.float64), ended)
        self.last_ms = scrape.ts_ms
        self._layout = series
        return block.series if is_new else ()

    def read(self, wanted: Sequence[Labels], start_ms: int, end_ms: int) -> Iterator[Series]:
        """Yield those of the wanted series that have samples in the range."""
        parts = [part for block in self.blocks if (part := _rows_between(block, start_ms, end_ms))]
        if not parts:
            return
        ts_ms = np.concatenate([block.ts_ms[first:last] for block, first, last in parts])
        values = _cells(wanted, parts)
        absent = is_absent(values)
        gaps = np.any(absent, axis=1)
        for row, labels in enumerate(wanted):
            if not gaps[row]:
                yield Series(labels, ts_ms, values[row])
            elif not absent[row].all():
                said = ~absent[row]
                yield Series(labels, ts_ms[said], values[row][said])

    def unflushed(self) -> Iterator[tuple[Block, int, int]]:
        """Yield ``(block, first row, row past the last)`` of what was not yet flushed."""
        for block in self.blocks:
            if part := _rows_between(block, self.flushed_ms + 1, self.last_ms):
                yield part

    def drop_before(self, ts_ms: int) -> tuple[int, list[Labels]]:
        """Forget the blocks that ended before the time; the newest block stays while its source speaks.

        Returns:
            The time of the newest row forgotten, and the series that no block holds any more.
        """
        gone = [block for block in self.blocks if block.rows and block.ts_ms[block.rows - 1] < ts_ms]
        if not gone:
            return NEVER_MS, []
        self.blocks = self.blocks[len(gone) :]
        if not self.blocks:
            self._layout = ()
        newest_ms = int(gone[-1].ts_ms[gone[-1].rows - 1])
        return newest_ms, sorted(_labels_of(gone) - _labels_of(self.blocks))

    def _block_for(self, series: tuple[Labels, ...], ended: list[Labels]) -> Block:
        last = self.blocks[-1] if self.blocks else None
        if last and not last.is_full and last.holds(series):
            return last
        same = last is not None and not ended and last.series == series
        block = last.successor() if last and same else Block((*dict.fromkeys(series), *ended))
        self.blocks = (*self.blocks, block)
        return block


def _rows_between(block: Block, start_ms: int, end_ms: int) -> tuple[Block, int, int] | None:
    ts_ms: Timestamps = block.ts_ms[: block.rows]
    first, last = np.searchsorted(ts_ms, (start_ms, end_ms + 1)).tolist()
    return (block, first, last) if first < last else None


def _cells(wanted: Sequence[Labels], parts: Sequence[tuple[Block, int, int]]) -> Values:
    """Return ``[wanted series, row]``; the columns are looked up once a layout, not once a block."""
    cells: list[Values] = []
    layout: Mapping[Labels, int] | None = None
    columns = np.empty(0, dtype=np.intp)
    for block, first, last in parts:
        if block.column_of is not layout:
            layout = block.column_of
            columns = np.array([layout.get(labels, -1) for labels in wanted], dtype=np.intp)
        piece = block.values[columns, first:last]
        piece[columns < 0] = ABSENT[0]
        cells.append(piece)
    return cells[0] if len(cells) == 1 else np.concatenate(cells, axis=1)


def _labels_of(blocks: Iterable[Block]) -> set[Labels]:
    return {labels for block in blocks for labels in block.series}
