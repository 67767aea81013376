"""How often values fell into which bucket.

Way:     observe → a list of at most a batch → [fold] sorts the batch and cuts it at the bounds.
Threads: ``observe`` is one append, which CPython makes atomic. A batch is folded by the caller that fills it, or by the
         scrape; who finds another folding goes on at once, so no caller ever waits. While one thread folds, the
         others may append beyond the batch; the next to come after it folds that too.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import bound_text, number_text, series_prefix

DEFAULT_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds, as prometheus-client has them.

Source: https://github.com/prometheus/client_python/blob/master/prometheus_client/metrics.py (DEFAULT_BUCKETS)
"""

BATCH: Final = 512
"""From 128 to 2,048 a value costs the same within the noise (CPython 3.11, 2 cores); one fold takes about 35 µs."""

MAX_PENDING: Final = 64 * BATCH
"""Beyond this a caller throws its value away and counts it: 1 MiB a series, reached only if a fold never ends."""

SCRAPE_WAIT_SECONDS: Final = 0.1
"""How long a scrape waits for a fold of another thread; a fold takes microseconds."""


class Histogram:
    """One series of a histogram, with its labels bound; never raises and never blocks."""

    __slots__ = ("_bounds", "_counts", "_drops", "_folding", "_pending", "_prefixes", "_sum")

    def __init__(self, name: str, labels: str, drops: Drops, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._prefixes = bucket_prefixes(name, labels, self._bounds)
        self._drops = drops
        self._pending: list[float] = []
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        self._folding = threading.Lock()

    def observe(self, value: float) -> None:
        """Record one value; what is no finite number is dropped and counted."""
        self._pending.append(value)
        if len(self._pending) >= BATCH:
            self._fold_if_free()

    def _fold_if_free(self) -> None:
        if self._folding.acquire(blocking=False):
            try:
                self._fold_pending()
            finally:
                self._folding.release()
        elif len(self._pending) > MAX_PENDING:
            self._pending.pop()
            self._drops.count(DropReason.QUEUE_FULL)

    def _fold_pending(self) -> None:
        """Fold what was there at the beginning; the caller holds ``_folding``."""
        for _ in range(len(self._pending) // BATCH + 1):
            # Two steps, not a swap: who appends between them appends behind the batch, and loses nothing.
            batch = self._pending[:BATCH]
            del self._pending[: len(batch)]
            self._fold(batch)

    def _fold(self, batch: list[float]) -> None:
        total = _sort_and_sum(batch)
        if not math.isfinite(total):
            batch = self._only_finite(batch)
            total = sum(batch)
        below = 0
        for index, bound in enumerate(self._bounds):
            upto = bisect_right(batch, bound, below)
            self._counts[index] += upto - below
            below = upto
        self._counts[-1] += len(batch) - below
        self._sum += total

    def _only_finite(self, batch: list[float]) -> list[float]:
        values = [untrusted.number(value) for value in batch]
        numbers = [value for value in values if value is not None]
        finite = sorted(value for value in numbers if math.isfinite(value))
        self._drops.count(DropReason.NOT_A_NUMBER, len(values) - len(numbers))
        self._drops.count(DropReason.NOT_FINITE, len(numbers) - len(finite))
        return finite

    def read(self) -> tuple[list[int], float]:
        """Return the number of values in each bucket, not cumulative, and their sum."""
        held = self._folding.acquire(timeout=SCRAPE_WAIT_SECONDS)
        try:
            if held:
                self._fold_pending()
            return list(self._counts), self._sum
        finally:
            if held:
                self._folding.release()

    def write(self, lines: list[str]) -> None:
        """Append the series' lines of the text format."""
        counts, total = self.read()
        cumulative = list(accumulate(counts))
        values = [*map(float, cumulative), total, float(cumulative[-1])]
        lines.extend(prefix + number_text(value) for prefix, value in zip(self._prefixes, values, strict=True))

    def after_fork(self) -> None:
        """Take a new lock: a thread of the parent may have held the old one."""
        self._folding = threading.Lock()


def _sort_and_sum(batch: list[float]) -> float:
    """Sort in place and return the sum, or NaN when something in the batch is not a plain finite number."""
    try:
        total = sum(batch)
        if type(total) is not float and type(total) is not int:
            return math.nan
        batch.sort()
        return float(total)
    except Exception:  # noqa: BLE001  (a hostile object in the batch may raise anything)
        return math.nan


def bucket_prefixes(name: str, labels: str, bounds: Sequence[float]) -> tuple[str, ...]:
    """Return the lines of a histogram up to their values: the buckets rising, the sum, the count."""
    joined = f"{labels}," if labels else ""
    texts = [*map(bound_text, bounds), "+Inf"]
    buckets = (series_prefix(f"{name}_bucket", f'{joined}le="{text}"') for text in texts)
    return (*buckets, series_prefix(f"{name}_sum", labels), series_prefix(f"{name}_count", labels))
