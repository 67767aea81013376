"""A block of rows of one source: the unit in which the head grows and forgets.

A block never changes its shape. Values lie series by series, so that one series is read from contiguous
memory. A cell that was never said holds ``ABSENT``, a NaN of our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from deskwatch.model import STALE_NAN, Labels
from deskwatch.server.storage.samples.ports import Timestamps, Values

BLOCK_ROWS: Final = 128
"""1 KiB of each series: at 5 s a block spans 11 minutes, so an hour's window is over by a sixth at most."""

ABSENT_BITS: Final = 0x7FF00000DE5C0001
"""No sample here: a NaN that is neither an ordinary one nor Prometheus's stale marker."""

ABSENT: Final[Values] = np.array([ABSENT_BITS], dtype=np.uint64).view(np.float64)


def is_absent(values: Values) -> npt.NDArray[np.bool_]:
    """Say for each cell whether nothing was ever said there."""
    mask: npt.NDArray[np.bool_] = values.view(np.uint64) == np.uint64(ABSENT_BITS)
    return mask


class Block:
    """Rows of one source whose series are among ``series``.

    Attributes:
        series: The labels of each column.
        column_of: Where a series stands; the very same mapping in blocks of one layout.
        ts_ms: The time of each row; only the first ``rows`` count.
        values: ``[column, row]``.
        rows: How many rows are complete. It is raised last, so a reader sees whole rows only.
        has_gaps: Whether any cell of those rows is absent; a reader asks after it has read ``rows``.
    """

    __slots__ = ("_layout", "_positions", "column_of", "has_gaps", "rows", "series", "ts_ms", "values")

    def __init__(self, series: tuple[Labels, ...], column_of: Mapping[Labels, int] | None = None) -> None:
        self.series = series
        self.column_of = column_of or {labels: column for column, labels in enumerate(series)}
        self.ts_ms: Timestamps = np.empty(BLOCK_ROWS, dtype=np.int64)
        self.values: Values = np.empty((len(series), BLOCK_ROWS), dtype=np.float64)
        self.rows = 0
        self.has_gaps = False
        self._layout: tuple[Labels, ...] = ()
        self._positions: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)

    def successor(self) -> Block:
        """Return an empty block of the same layout."""
        return Block(self.series, self.column_of)

    @property
    def is_full(self) -> bool:
        """Whether no further row fits."""
        return self.rows == BLOCK_ROWS

    def row_at(self, ts_ms: int) -> int:
        """Return the newest row that is not newer than the time, -1 when there is none."""
        rows = self.rows
        if rows and self.ts_ms[rows - 1] <= ts_ms:
            return rows - 1
        return int(self.ts_ms[:rows].searchsorted(ts_ms, side="right")) - 1

    def holds(self, series: tuple[Labels, ...]) -> bool:
        """Say whether every one of the series has a column."""
        return series is self._layout or all(labels in self.column_of for labels in series)

    def append(self, ts_ms: int, series: tuple[Labels, ...], values: Values, ended: Sequence[Labels]) -> None:
        """Add a row: a value for each of ``series``, a stale marker for each of ``ended``, nothing elsewhere."""
        row = self.rows
        column = self.values[:, row]
        if series is not self._layout:
            self._positions = np.array([self.column_of[labels] for labels in series], dtype=np.intp)
            self._layout = series
        if len(series) < len(self.series):
            self.has_gaps = True
            column[:] = ABSENT[0]
        column[self._positions] = values
        for labels in ended:
            column[self.column_of[labels]] = STALE_NAN
        self.ts_ms[row] = ts_ms
        self.rows = row + 1
