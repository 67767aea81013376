"""How the returns of a sliding window follow a benchmark's; exact sums, as in ``moments``."""

from __future__ import annotations

from deskwatch.client.trading.moments import MIN_VARIANCE, UNIT


class Comovement:
    """Beta of one series of returns to another."""

    __slots__ = ("_benchmark", "_count", "_products", "_squares", "_total")

    def __init__(self) -> None:
        self._count = 0
        self._total = 0
        self._benchmark = 0
        self._squares = 0
        self._products = 0

    def add(self, units: int, benchmark: int) -> None:
        """Let a pair in."""
        self._count += 1
        self._total += units
        self._benchmark += benchmark
        self._squares += benchmark * benchmark
        self._products += units * benchmark

    def remove(self, units: int, benchmark: int) -> None:
        """Let a pair out that is in."""
        self._count -= 1
        self._total -= units
        self._benchmark -= benchmark
        self._squares -= benchmark * benchmark
        self._products -= units * benchmark

    def beta(self) -> float | None:
        """Return covariance over the benchmark's variance; ``None`` if the benchmark did not move."""
        scatter = self._count * self._squares - self._benchmark * self._benchmark
        if self._count < 2 or scatter < MIN_VARIANCE * UNIT * UNIT * self._count * self._count:
            return None
        return (self._count * self._products - self._total * self._benchmark) / scatter
