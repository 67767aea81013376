"""How the returns of a sliding window follow a benchmark's; exact sums, as in ``moments``."""

from __future__ import annotations

from typing import Final

from deskwatch.client.trading.moments import MIN_VARIANCE, SCALE

MAX_RETURN: Final = 10_000.0
"""What multiplies a price or an equity so in one interval is a mistake or a deposit; it is left out."""

_LEAST: Final = MIN_VARIANCE * SCALE * SCALE


class Comovement:
    """Beta of one series of returns to another, over the intervals in which both are known.

    Args:
        size: Returns that the window holds.
    """

    __slots__ = ("_benchmark", "_count", "_products", "_ring", "_squares", "_total")

    def __init__(self, size: int) -> None:
        self._ring: list[int | None] = [None] * size
        self._count = 0
        self._total = 0
        self._benchmark = 0
        self._squares = 0
        self._products = 0

    def slide(self, place: int, units: int, leaving: int, ratio: float | None) -> None:
        """Let a pair in and the oldest out.

        Args:
            place: Of both in the ring of the window.
            units: The return that comes, in units.
            leaving: The return that leaves.
            ratio: The benchmark's return that comes; ``None`` if it is not known.
        """
        before = self._ring[place]
        benchmark = self._ring[place] = _units(ratio)
        known = benchmark is not None
        if benchmark is None:
            benchmark = units = 0
        if before is None:
            if not known:
                return
            self._count += 1
            before = leaving = 0
        elif not known:
            self._count -= 1
        change = benchmark - before
        self._total += units - leaving
        self._benchmark += change
        self._squares += change * (benchmark + before)
        self._products += units * benchmark - leaving * before

    def beta(self) -> float | None:
        """Return covariance over the benchmark's variance; ``None`` if the benchmark did not move."""
        count = self._count
        scatter = float(count * self._squares - self._benchmark * self._benchmark)
        if count < 2 or scatter < _LEAST * count * count:
            return None
        return float(count * self._products - self._total * self._benchmark) / scatter


def _units(ratio: float | None) -> int | None:
    return int(ratio * SCALE) if ratio is not None and -MAX_RETURN <= ratio <= MAX_RETURN else None
