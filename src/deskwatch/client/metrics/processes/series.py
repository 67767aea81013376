"""Series whose numbers stand in cells of a file.

Threads: ``view[at] += step`` runs between two checks of CPython's eval loop, as in ``metrics.cell``; what is computed
         by a call is therefore computed on a line before.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.metrics.cell import Tally
from deskwatch.client.metrics.counter import MAX_FLOAT, Counter, usable_step
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import series_prefix
from deskwatch.client.metrics.gauge import Gauge, Merge
from deskwatch.client.metrics.histogram import Histogram, bucket_prefixes
from deskwatch.client.metrics.processes.cell_file import Cells

Bind = Callable[[], Cells]
"""Finds the cells of a series in the files of this very process."""

_ONE: Final = 1.0


class SharedTally(Tally):
    """A tally in a cell."""

    __slots__ = ("_at", "_base", "_bind", "_view")

    def __init__(self, bind: Bind) -> None:
        self._bind = bind
        self.after_fork()

    def add(self, times: int = 1) -> None:
        """Add to the count."""
        self._view[self._at] += times

    def read(self) -> int:
        """Return the count of this process."""
        return int(self._view[self._at] - self._base)

    def after_fork(self) -> None:
        """Go to the cell of this process; what was in it stays there, for the process that is gone."""
        self._view, (self._at,) = self._bind()
        self._base = self._view[self._at]


class SharedCounter(Counter):
    """A counter in a cell; a process begins at 0 and adds to what a dead one left."""

    __slots__ = ("_at", "_base", "_bind", "_drops", "_view")

    def __init__(self, name: str, labels: str, drops: Drops, bind: Bind) -> None:
        self._prefix = series_prefix(name, labels)
        self._drops = drops
        self._bind = bind
        self.after_fork()

    def inc(self, amount: float = _ONE) -> None:
        """Add ``amount``, by default 1; what is negative or no finite number is dropped and counted."""
        if amount is _ONE:
            self._view[self._at] += 1.0
        elif type(amount) is float and 0.0 <= amount <= MAX_FLOAT:
            self._view[self._at] += amount
        else:
            step = usable_step(amount, self._drops)
            self._view[self._at] += step

    def read(self) -> float:
        """Return the sum of this process."""
        return self._view[self._at] - self._base

    def after_fork(self) -> None:
        """Go to the cell of this process."""
        self._view, (self._at,) = self._bind()
        self._base = self._view[self._at]


class SharedGauge(Gauge):
    """A gauge in a cell, whose first call decides how it is merged unless the declaration did."""

    __slots__ = ("_at", "_bind", "_clock", "_drops", "_merge", "_view")

    def __init__(
        self,
        name: str,
        labels: str,
        drops: Drops,
        bind: Callable[[Merge], Cells],
        merge: Merge | None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._prefix = series_prefix(name, labels)
        self._drops = drops
        self._bind = bind
        self._merge = merge
        self._clock = clock
        self._view: memoryview[float] | None = None
        self._at = 0

    def _bound(self, merge: Merge) -> memoryview[float]:
        view, (self._at,) = self._bind(self._merge or merge)
        self._view = view
        return view

    def set(self, value: float | Decimal) -> None:
        """Set the value; NaN and infinities are values too; what is no number is dropped and counted."""
        view = self._view
        if view is None:
            view = self._bound("newest")
        now = self._clock()
        try:
            view[self._at] = value  # type: ignore[assignment]  # the view asks a Decimal for its float
            view[self._at + 1] = now
        except Exception:  # noqa: BLE001  (no number, or a hostile __float__)
            self._drops.count(DropReason.NOT_A_NUMBER)

    def inc(self, amount: float = 1.0) -> None:
        """Add ``amount``; what is no number is dropped and counted."""
        view = self._view if self._view is not None else self._bound("sum")
        step = untrusted.number(amount)
        if step is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
            return
        now = self._clock()
        view[self._at] += step
        view[self._at + 1] = now

    def read(self) -> float:
        """Return the value of this process, 0 before the first call."""
        return 0.0 if self._view is None else self._view[self._at]

    def after_fork(self) -> None:
        """Leave the value to the parent; the child has none yet."""
        self._view = None


class SharedHistogram(Histogram):
    """A histogram with a cell for each bucket and one for the sum, which comes first."""

    __slots__ = ("_at", "_base", "_bind", "_sum_at", "_view")

    def __init__(self, name: str, labels: str, drops: Drops, bounds: Sequence[float], bind: Bind) -> None:
        self._bounds = tuple(bounds)
        self._prefixes = bucket_prefixes(name, labels, self._bounds)
        self._drops = drops
        self._bind = bind
        self.after_fork()

    def observe(self, value: float, /) -> None:
        """Record one value; what is no finite number is dropped and counted."""
        if not (type(value) is float and -MAX_FLOAT <= value <= MAX_FLOAT):
            plain = untrusted.number(value)
            if plain is None or not -MAX_FLOAT <= plain <= MAX_FLOAT:
                self._drops.count(DropReason.NOT_A_NUMBER if plain is None else DropReason.NOT_FINITE)
                return
            value = plain
        at = self._at[bisect_left(self._bounds, value)]
        view = self._view
        view[at] += 1.0
        view[self._sum_at] += value

    def __del__(self) -> None:
        """There is no inlet to close."""

    def read(self) -> tuple[list[int], float]:
        """Return the number of values of this process in each bucket, not cumulative, and their sum."""
        total, *counts = (self._view[at] - base for at, base in zip((self._sum_at, *self._at), self._base, strict=True))
        return [int(count) for count in counts], total

    def after_fork(self) -> None:
        """Go to the cells of this process."""
        self._view, at = self._bind()
        self._sum_at, *buckets = at
        self._at = tuple(buckets)
        self._base = tuple([self._view[position] for position in at])
