"""All recent rows of one source.

Threads: one writer. A reader takes ``blocks`` and each block's ``rows`` once and then works on what can no
         longer change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from deskwatch.model import Labels, Scrape
from deskwatch.server.storage.samples.block import Block, is_absent
from deskwatch.server.storage.samples.names import Names
from deskwatch.server.storage.samples.pick import Pick
from deskwatch.server.storage.samples.ports import Table, Timestamps, Values

NEVER_MS = -(1 << 62)

Number = TypeVar("Number", np.int64, np.float64)


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

    def read(self, pick: Pick, start_ms: int, end_ms: int) -> Iterator[Table]:
        """Yield those of the series that have samples in the range."""
        parts = [part for block in self.blocks if (part := _rows_between(block, start_ms, end_ms))]
        if not parts:
            return
        ts_ms = _joined([block.ts_ms[first:last] for block, first, last in parts], axis=0)
        cells, gaps = zip(*(pick.cells(*part) for part in parts), strict=True)
        values = _joined(cells, axis=1)
        if any(gaps):
            yield from _without_absent(pick.names, ts_ms, values)
        else:
            yield Table(pick.names, ts_ms, values)

    def newest(self, pick: Pick, start_ms: int, end_ms: int) -> Iterator[Table]:
        """Yield the same series, each with its last sample of the range and any number of those before."""
        found = ((block, row) for block in reversed(self.blocks) if (row := block.row_at(end_ms)) >= 0)
        block, row = next(found, (None, 0))
        if block is None or block.ts_ms[row] < start_ms:
            return
        values, has_gaps = pick.cells(block, row, row + 1)
        if has_gaps:
            yield from self.read(pick, start_ms, end_ms)
        else:
            yield Table(pick.names, block.ts_ms[row : row + 1], values)

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
    first, last = ts_ms.searchsorted((start_ms, end_ms + 1)).tolist()
    return (block, first, last) if first < last else None


def _joined(parts: Sequence[npt.NDArray[Number]], axis: int) -> npt.NDArray[Number]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)


def _without_absent(names: Names, ts_ms: Timestamps, values: Values) -> Iterator[Table]:
    """Yield the series without gaps together, and each of the others by itself."""
    said = ~is_absent(values)
    whole = said.all(axis=1)
    if whole.any():
        yield Table([names[row] for row in np.flatnonzero(whole).tolist()], ts_ms, values[whole])
    for row in np.flatnonzero(~whole & said.any(axis=1)).tolist():
        yield Table((names[row],), ts_ms[said[row]], values[row : row + 1, said[row]])


def _labels_of(blocks: Iterable[Block]) -> set[Labels]:
    return {labels for block in blocks for labels in block.series}
