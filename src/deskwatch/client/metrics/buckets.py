"""Count how many values fall into which bucket, many at once.

The first byte of a double is its sign and most of its exponent, the second the rest of the exponent and four bits of
the fraction. Values with the same first byte are told apart by the second: sixteen cells to an octave. A cell that no
bound cuts lies in one bucket whole, so its values are counted as bytes; only those in a cell that a bound cuts, about
one in twelve, and those with another first byte are sorted.

Source:  https://docs.python.org/3/library/struct.html#format-characters (``d``: IEEE 754 binary64)
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress
from typing import Final

_CUT: Final = 255
"""The mark of a cell that is not in one bucket."""

_ONLY_CUT: Final = bytes(256 - 1) + b"\1"

MAX_BUCKETS: Final = 200
"""With more bounds than bytes can tell apart, all values are sorted."""


class Buckets:
    """The buckets of a histogram.

    Args:
        bounds: Their upper bounds, rising; behind the last comes +Inf.
    """

    __slots__ = ("_cells", "_common", "bounds")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._cells: dict[int, bytes] = {}
        self._common = 0

    def count(self, values: list[float]) -> list[int]:
        """Return how many of the values are in each bucket.

        Args:
            values: Finite floats; their order is lost.
        """
        counts = [0] * (len(self.bounds) + 1)
        if not values or len(counts) > MAX_BUCKETS:
            self._count_sorted(values, counts)
            return counts
        raw = struct.pack(f"<{len(values)}d", *values)
        first, second = raw[7::8], raw[6::8]
        cells = second.translate(self._cells_of(first[0]))
        if first != first[:1] * len(first):
            cells = _cut_where_not(cells, first, first[0])
        cut = list(compress(values, cells.translate(_ONLY_CUT))) if _CUT in cells else []
        self._count_cells(cells, counts, len(values) - len(cut))
        self._count_sorted(cut, counts)
        return counts

    def _count_cells(self, cells: bytes, counts: list[int], left: int) -> None:
        common = self._common
        for bucket in range(len(counts)):
            if bucket != common:
                counts[bucket] = found = cells.count(bucket)
                left -= found
        counts[common] = left  # to count the most common one costs most: a processor guesses it wrong most often
        self._common = counts.index(max(counts))

    def _count_sorted(self, values: list[float], counts: list[int]) -> None:
        if not values:
            return
        values.sort()
        below = 0
        for bucket, bound in enumerate(self.bounds):
            upto = bisect_right(values, bound, below)
            counts[bucket] += upto - below
            below = upto
        counts[-1] += len(values) - below

    def _cells_of(self, first: int) -> bytes:
        """Return the bucket of each second byte behind this first byte."""
        cells = self._cells.get(first)
        if cells is None:
            cells = self._cells[first] = bytes(self._cell(first, second) for second in range(256))
        return cells

    def _cell(self, first: int, second: int) -> int:
        ends = (struct.unpack(">d", bytes((first, second)) + fill * 6)[0] for fill in (b"\0", b"\xff"))
        low, high = (bisect_left(self.bounds, end) for end in ends)
        return low if low == high else _CUT


def _cut_where_not(cells: bytes, first: bytes, wanted: int) -> bytes:
    """Mark the cells whose first byte is another; all bytes at once, as one large number."""
    others = first.translate(_others(wanted))
    marked = int.from_bytes(cells, "little") | int.from_bytes(others, "little")
    return marked.to_bytes(len(cells), "little")


@lru_cache(maxsize=256)
def _others(wanted: int) -> bytes:
    return bytes(0 if byte == wanted else _CUT for byte in range(256))


@lru_cache(maxsize=1_000)
def buckets_of(bounds: tuple[float, ...]) -> Buckets:
    """Return the buckets with these bounds; series with the same bounds share their tables."""
    return Buckets(bounds)
