"""Reduce many overlapping windows of one flat array, without a loop over samples in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from deskwatch.server.promql.values import Floats, Windows

Positions = npt.NDArray[np.intp]

CHUNK_SAMPLES: Final = 1 << 19  # 4 MiB a column: what is copied out of the windows at a time


@dataclass(frozen=True, slots=True)
class Segments:
    """The samples of some windows, copied out one window after another; none is empty.

    Attributes:
        window: Which windows, as positions in the flattened ``[series, step]``.
        position: The position of each sample in the flat array.
        start: Where each window starts among them.
        counts: How many samples each has.
        owner: The number, among these windows, of each sample's.
    """

    window: Positions
    position: Positions
    start: Positions
    counts: Positions
    owner: Positions

    def sum(self, values: Floats) -> Floats:
        """Return the sum of each window."""
        total: Floats = np.add.reduceat(values, self.start)
        return total


def reduce_windows(ufunc: np.ufunc, values: Floats, first: Positions, last: Positions) -> Floats:
    """Return the ufunc's reduction of ``values[first:last]`` for each window; an empty one gives anything.

    ``reduceat`` takes alternating starts and ends; what it computes between an end and the next start is dropped.
    """
    if not first.size:
        return np.zeros(first.shape)
    padded = np.append(values, 0.0)
    edges = np.stack([first.ravel(), last.ravel()], axis=1).ravel()
    reduced: Floats = ufunc.reduceat(padded, edges)[::2].reshape(first.shape)
    return reduced


def segments(windows: Windows) -> Iterator[Segments]:
    """Yield the windows that have samples, some at a time."""
    counts = windows.counts.ravel()
    first = windows.first.ravel()
    filled = np.flatnonzero(counts > 0)
    ends = np.cumsum(counts[filled])
    begin = 0
    while begin < len(filled):
        done = int(ends[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, done + CHUNK_SAMPLES, side="right")))
        yield _segments(filled[begin:stop], first, counts)
        begin = stop


def per_window(windows: Windows, compute: Callable[[Segments], Floats]) -> Floats:
    """Return ``compute``'s number of each window that has samples, and NaN for the others."""
    result = np.full(windows.first.size, np.nan)
    for part in segments(windows):
        result[part.window] = compute(part)
    return result.reshape(windows.first.shape)


def _segments(window: Positions, first: Positions, counts: Positions) -> Segments:
    sizes = counts[window]
    start = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(window)), sizes)
    position = np.arange(int(sizes.sum())) - start[owner] + first[window][owner]
    return Segments(window, position, start, sizes, owner)
