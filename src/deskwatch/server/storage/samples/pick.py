"""Some series of one source, and where they stand in its blocks.

Threads: readers anywhere; what is remembered is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deskwatch.model import Labels
from deskwatch.server.storage.samples.block import ABSENT, Block, is_absent
from deskwatch.server.storage.samples.names import Names
from deskwatch.server.storage.samples.ports import Values

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where series stand in the blocks of one layout.

    Attributes:
        index: The columns of those that it has; a slice where they lie side by side, as one metric's do, which
            copies nothing.
        missing: Which of them the layout does not have, if any.
    """

    index: slice | Positions
    missing: npt.NDArray[np.bool_] | None

    @classmethod
    def find(cls, names: Names, column_of: Mapping[Labels, int]) -> Columns:
        """Look the series up."""
        positions = np.array([column_of.get(labels, -1) for labels in names], dtype=np.intp)
        missing = positions < 0
        if missing.any():
            return cls(positions[~missing], missing)
        if (np.diff(positions) == 1).all():
            return cls(slice(int(positions[0]), int(positions[-1]) + 1), None)
        return cls(positions, None)

    def cells(self, block: Block, first: int, last: int) -> Values:
        """Return ``[series, row]`` of some rows."""
        if self.missing is None:
            found: Values = block.values[self.index, first:last]
            return found
        cells = np.full((len(self.missing), last - first), ABSENT[0])
        cells[~self.missing] = block.values[self.index, first:last]
        return cells


class Pick:
    """Some series of one source; at least one.

    Attributes:
        names: Which.
    """

    __slots__ = ("_known", "names")

    def __init__(self, labels: Iterable[Labels]) -> None:
        self.names = Names(labels)
        self._known: tuple[Mapping[Labels, int], Columns] | None = None

    def cells(self, block: Block, first: int, last: int) -> tuple[Values, bool]:
        """Return ``[series, row]`` of some rows, and whether any of the cells is absent."""
        columns = self._columns(block.column_of)
        cells = columns.cells(block, first, last)
        has_gaps = columns.missing is not None or (block.has_gaps and bool(is_absent(cells).any()))
        return cells, has_gaps

    def _columns(self, column_of: Mapping[Labels, int]) -> Columns:
        """Look the columns up once a layout, not once a block or query."""
        known = self._known
        if known is None or known[0] is not column_of:
            known = self._known = (column_of, Columns.find(self.names, column_of))
        return known[1]
