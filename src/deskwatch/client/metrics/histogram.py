"""How often values fell into which bucket.

Way:     observe → an inlet, which is as fast as ``deque.append`` → [fold] counts a full batch, and a scrape the rest.
Threads: ``observe`` is exact from any number of threads. The one that fills a batch folds it, so what is pending is
         less than a batch, and one more batch for each thread that is folding. Nobody waits for anybody. A scrape does
         not see the batch that another thread is folding; the next one does.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Final, Protocol

from deskwatch.client import untrusted
from deskwatch.client.metrics.buckets import buckets_of
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.errand import signals_of
from deskwatch.client.metrics.exposition import bound_text, number_text, series_prefix
from deskwatch.client.metrics.inlet import without_wires
from deskwatch.client.metrics.plain_inlet import open_inlet

DEFAULT_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds, as prometheus-client has them.

Source: https://github.com/prometheus/client_python/blob/master/prometheus_client/metrics.py (DEFAULT_BUCKETS)
"""

BATCH: Final = 2_048
"""Values folded at once: at most 64 kB a series. With 1,024 each costs 5 ns more, with 4,096 no less (CPython 3.11)."""


class Observe(Protocol):
    """How a value is recorded."""

    def __call__(self, value: float, /) -> None:
        """Record one value; what is no finite number is dropped and counted when its batch is folded."""
        ...


class Histogram:
    """One series of a histogram, with its labels bound; never raises and never blocks.

    Attributes:
        observe: Records a value, see ``Observe``.
    """

    __slots__ = ("__weakref__", "_bounds", "_buckets", "_counts", "_drops", "_inlet", "_prefixes", "observe")

    observe: Observe

    def __init__(self, name: str, labels: str, drops: Drops, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._buckets = buckets_of(self._bounds)
        self._prefixes = bucket_prefixes(name, labels, self._bounds)
        self._drops = drops
        self._counts: list[float] = [*([0] * (len(self._bounds) + 1)), 0.0]  # the sum stands behind the counts
        self._inlet = open_inlet(BATCH, _folding(weakref.ref(self)))
        self.observe = self._inlet.put

    def fold_one(self) -> bool:
        """Fold a batch that is full, and say whether there was one."""
        batch = self._inlet.take()
        if batch is None:
            return False
        try:
            folded = self._folded(without_wires(batch))
        except BaseException:  # a signal handler of the bot may raise here
            self._inlet.put_back(batch)
            raise
        try:
            self._add(folded)
        finally:
            if any(folded):
                self._add(folded)  # a signal handler ended the first before it was through
        return True

    def _folded(self, batch: list[Any]) -> list[float]:
        total = _finite_sum(batch)
        if not math.isfinite(total):
            batch = self._only_finite(batch)
            total = sum(batch)
        return [*self._buckets.count(batch), total]

    def _add(self, folded: list[float]) -> None:
        counts = self._counts
        for index in range(len(folded)):
            # Two statements without a call: neither a thread nor a signal comes between them.
            counts[index] += folded[index]
            folded[index] = 0

    def _only_finite(self, batch: list[Any]) -> list[float]:
        values = [untrusted.number(value) for value in batch]
        numbers = [value for value in values if value is not None]
        finite = [value for value in numbers if math.isfinite(value)]
        self._drops.count(DropReason.NOT_A_NUMBER, len(values) - len(numbers))
        self._drops.count(DropReason.NOT_FINITE, len(numbers) - len(finite))
        return finite

    def read(self) -> tuple[list[int], float]:
        """Return the number of values in each bucket, not cumulative, and their sum."""
        self._inlet.swap()
        while self.fold_one():
            pass
        *counts, total = self._counts
        return [int(count) for count in counts], float(total)

    def write(self, lines: list[str]) -> None:
        """Append the series' lines of the text format."""
        counts, total = self.read()
        cumulative = list(accumulate(counts))
        values = [*map(float, cumulative), total, float(cumulative[-1])]
        lines.extend(prefix + number_text(value) for prefix, value in zip(self._prefixes, values, strict=True))

    def after_fork(self) -> None:
        """Go on from the parent's counts; a histogram holds no lock."""

    def __del__(self) -> None:
        self._inlet.close()


def _folding(weak: weakref.ref[Histogram]) -> Callable[[], None]:
    def fold() -> None:
        histogram = weak()
        if histogram is not None:
            histogram.fold_one()

    return fold


def _finite_sum(batch: list[Any]) -> float:
    """Return the sum, or NaN when something in the batch is not a plain finite number."""
    try:
        total = sum(batch)
        return float(total) if type(total) is float or type(total) is int else math.nan
    except Exception as error:  # a hostile object in the batch may raise anything
        if signals_of(error):
            raise
        return math.nan


def bucket_prefixes(name: str, labels: str, bounds: Sequence[float]) -> tuple[str, ...]:
    """Return the lines of a histogram up to their values: the buckets rising, the sum, the count."""
    joined = f"{labels}," if labels else ""
    texts = [*map(bound_text, bounds), "+Inf"]
    buckets = (series_prefix(f"{name}_bucket", f'{joined}le="{text}"') for text in texts)
    return (*buckets, series_prefix(f"{name}_sum", labels), series_prefix(f"{name}_count", labels))
