"""Count how many values fall into which bucket, many at once.

The first byte of a double is its sign and most of its exponent, the second the rest of the exponent and four bits of
the fraction: sixteen cells to an octave. A cell that no bound cuts lies in one bucket whole. Where a bound cuts a cell,
the third byte says on which side of it a value lies, unless it is the very byte of the bound. So the buckets of all
values with the same first byte come from a few operations on all their second and third bytes, each kept as one large
number with a byte for each value. What remains is sorted: about one in a thousand values, those with another first
byte, and the cells with two bounds in them.

Source:  https://docs.python.org/3/library/struct.html#format-characters (``d``: IEEE 754 binary64)
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress
from typing import Final, NamedTuple

_OPEN: Final = 255
"""Stands in the place of a bucket that has to be found by sorting."""

_ONLY_OPEN: Final = bytes(255) + b"\1"
_OPEN_ONES: Final = re.compile(bytes([_OPEN]))

MAX_BUCKETS: Final = 200
"""With more bounds than a byte can tell apart, all values are sorted."""

_NO_SIDE: Final = 127
_SIDES: Final = bytes(third * (_NO_SIDE - 1) // 255 for third in range(256))
"""A third byte in seven bits, rising with it and below ``_NO_SIDE``; the eighth bit is room for a comparison."""

FEW: Final = 64
"""One open value in so many is picked out by itself; more of them by a look at all (8 ns a value)."""


class _Plane(NamedTuple):
    """What is known of the values with one first byte, by their second.

    Attributes:
        low: The bucket of the cell's lower end, or ``_OPEN``.
        side: The third byte of the bound that cuts the cell, as ``_SIDES`` has it, or ``_NO_SIDE``.
    """

    low: bytes
    side: bytes


class Buckets:
    """The buckets of a histogram.

    Args:
        bounds: Their upper bounds, rising; behind the last comes +Inf.
    """

    __slots__ = ("_common", "_planes", "bounds")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._planes: dict[int, _Plane] = {}
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
        cells = self._cells(struct.pack(f"<{len(values)}d", *values), len(values))
        left = _open_values(values, cells)
        self._count_cells(cells, counts, len(values) - len(left))
        self._count_sorted(left, counts)
        return counts

    def _cells(self, raw: bytes, number: int) -> bytes:
        """Return a byte for each value: its bucket, or ``_OPEN``."""
        first, second, third = raw[7::8], raw[6::8], raw[5::8]
        plane = self._plane(first[0])
        ones = _each(1, number)
        top = ones << 7
        # In each byte: 128 + third - bound. The top bit stays where the value is not below the bound, and once more
        # after 1 is taken away where it is above it. No byte borrows from its neighbour.
        distance = (_number(third.translate(_SIDES)) | top) - _number(second.translate(plane.side))
        above = (distance - ones) & top
        same = (distance & top) ^ above
        cells = (_number(second.translate(plane.low)) + (above >> 7)) | ((same << 1) - (same >> 7))
        if first != first[:1] * number:
            cells |= _number(first.translate(_others(first[0])))
        return cells.to_bytes(number, "little")

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

    def _plane(self, first: int) -> _Plane:
        plane = self._planes.get(first)
        if plane is None:
            cells = [self._cell(first, second) for second in range(256)]
            plane = self._planes[first] = _Plane(bytes(low for low, _ in cells), bytes(side for _, side in cells))
        return plane

    def _cell(self, first: int, second: int) -> tuple[int, int]:
        ends = (struct.unpack(">d", bytes((first, second)) + fill * 6)[0] for fill in (b"\0", b"\xff"))
        low, high = (bisect_left(self.bounds, end) for end in ends)
        if low == high:
            return low, _NO_SIDE
        if high == low + 1:  # which no cell of negative values is: there the lower end lies in the higher bucket
            return low, _SIDES[struct.pack(">d", self.bounds[low])[2]]
        return _OPEN, _NO_SIDE


def _open_values(values: list[float], cells: bytes) -> list[float]:
    number = cells.count(_OPEN)
    if number * FEW > len(values):
        return list(compress(values, cells.translate(_ONLY_OPEN)))
    return [values[found.start()] for found in _OPEN_ONES.finditer(cells)] if number else []


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


@lru_cache(maxsize=64)
def _each(byte: int, number: int) -> int:
    return _number(bytes([byte]) * number)


@lru_cache(maxsize=256)
def _others(wanted: int) -> bytes:
    return bytes(0 if byte == wanted else _OPEN for byte in range(256))


@lru_cache(maxsize=1_000)
def buckets_of(bounds: tuple[float, ...]) -> Buckets:
    """Return the buckets with these bounds; series with the same bounds share their tables."""
    return Buckets(bounds)
