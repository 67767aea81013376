"""Sample the equity at regular intervals and keep the figures of its returns.

Way:     ledger's clock and equity → [performance]: a return an interval → returns → figures.
Time:    an interval ends at its boundary, with the equity that was known then. One in which nothing was recorded has
         the return 0, so that 30 days stay 30 days and a year has 365 of them; for a market that rests at weekends
         the annualised figures come out the same as those of 252 trading days, the value at risk comes out lower.
         ``on_sample`` tells what was sampled, for who keeps it; ``resume`` and ``add`` take a history back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo
from decimal import Context, Decimal
from typing import Final, NamedTuple

from deskwatch.client.trading.comovement import MAX_RETURN
from deskwatch.client.trading.day import next_midnight
from deskwatch.client.trading.returns import Figures, ReturnStatistics

DAY_SECONDS: Final = 86_400
HOUR_SECONDS: Final = 3_600

SHORT_WINDOW_DAYS: Final = 30  # issue 3, "Sharpe over 30 d and 90 d"
LONG_WINDOW_DAYS: Final = 90
DAYS_PER_YEAR: Final = 365
"""Days on which nothing is traded are counted too, see above."""

_RATIO: Final = Context(prec=28, traps=[])
_ONE: Final = Decimal(1)


class Boundary(NamedTuple):
    """The equity at the end of an interval of returns.

    Attributes:
        ends_at: When it ended, Unix seconds.
        interval_seconds: How long it was.
        equity: What the account was worth, if that was known.
        benchmark: What the benchmark cost, if that was known.
    """

    ends_at: float
    interval_seconds: int
    equity: Decimal | None
    benchmark: Decimal | None


class Performance:
    """Follows the equity from one boundary to the next.

    The first interval, which began before anything was known, is left out; so is one that began without equity.

    Args:
        zone: Whose midnight ends a day.
        interval_seconds: How often a return is taken: by default once a day, at the shortest once an hour, so that 90
            days are at most 2,160 returns or about 0.2 MB. Shorter ones end at multiples of it since the Unix epoch.

    Attributes:
        interval_ends: When the next boundary comes, Unix seconds.
        interval_seconds: How long an interval is.
        figures: As of the last boundary; a value that is replaced as a whole, to be read from any thread.
        returns: How many were taken so far.
        on_sample: Called with the boundary's time, the equity and the benchmark's price.

    Raises:
        ValueError: The interval is shorter than an hour or no whole part of a day.
    """

    def __init__(self, zone: tzinfo, interval_seconds: int = DAY_SECONDS) -> None:
        if not HOUR_SECONDS <= interval_seconds <= DAY_SECONDS or DAY_SECONDS % interval_seconds:
            raise ValueError(
                f"returns_interval_seconds must divide a day (86400) and be 3600 at least, was {interval_seconds!r}"
            )
        self._zone = zone
        self.interval_seconds = interval_seconds
        per_day = DAY_SECONDS // interval_seconds
        self._longest = LONG_WINDOW_DAYS * per_day
        self._statistics = ReturnStatistics(SHORT_WINDOW_DAYS * per_day, self._longest, DAYS_PER_YEAR * per_day)
        self._equity: Decimal | None = None
        self._benchmark: Decimal | None = None
        self.interval_ends = float("-inf")
        self.figures = Figures()
        self.returns = 0
        self.on_sample: Callable[[float, Decimal | None, Decimal | None], None] | None = None

    def advance(self, unix_seconds: float, equity: Decimal | None, benchmark: Decimal | None = None) -> None:
        """Let time pass; each boundary that was reached takes a sample.

        Args:
            unix_seconds: The time now.
            equity: What the account was worth up to now, ``None`` if that is not known.
            benchmark: What the benchmark cost up to now, ``None`` if that is not known.
        """
        if unix_seconds < self.interval_ends:
            return
        if self.interval_ends > float("-inf"):
            self._pass(unix_seconds, equity, benchmark)
        self.interval_ends = self._boundary_after(unix_seconds)

    def add(self, ratio: float, benchmark_ratio: float | None = None) -> None:
        """Take the return of an interval from elsewhere, before the ledger is in use: a history, oldest first."""
        self._statistics.add(ratio, benchmark_ratio)
        self.returns += 1
        self.figures = self._statistics.figures()

    def resume(self, boundaries: Iterable[Boundary]) -> None:
        """Take the samples of an earlier run, oldest first."""
        for ends_at, _, equity, benchmark in boundaries:
            self._sample(equity, benchmark)
            self.interval_ends = self._boundary_after(ends_at)
        self.figures = self._statistics.figures()

    def enough(self, newest_first: Iterator[Boundary]) -> list[Boundary]:
        """Return as many boundaries as fill the windows, oldest first; what gives no return fills none."""
        taken: list[Boundary] = []
        returns = 0
        for boundary in newest_first:
            if taken:
                ratio = gain(boundary.equity, taken[-1].equity)
                returns += ratio is not None and abs(ratio) <= MAX_RETURN
            taken.append(boundary)
            if returns >= self._longest:
                break
        return taken[::-1]

    def _pass(self, unix_seconds: float, equity: Decimal | None, benchmark: Decimal | None) -> None:
        boundary = self.interval_ends
        for _ in range(self._longest + 1):  # a leap beyond the window leaves nothing else in it
            if boundary > unix_seconds:
                break
            self._sample(equity, benchmark)
            if self.on_sample is not None:
                self.on_sample(boundary, equity, benchmark)
            boundary = self._boundary_after(boundary)
        self.figures = self._statistics.figures()

    def _sample(self, equity: Decimal | None, benchmark: Decimal | None) -> None:
        ratio = gain(self._equity, equity)
        if ratio is not None:
            self._statistics.add(ratio, gain(self._benchmark, benchmark))
            self.returns += 1
        self._equity, self._benchmark = equity, benchmark

    def _boundary_after(self, unix_seconds: float) -> float:
        if self.interval_seconds == DAY_SECONDS:
            return next_midnight(unix_seconds, self._zone)
        return (unix_seconds // self.interval_seconds + 1) * self.interval_seconds


def gain(before: Decimal | None, after: Decimal | None) -> float | None:
    """Return what was gained of what there was; ``None`` if either is not known, or there was nothing to gain from."""
    if before is None or after is None or before <= 0:
        return None
    return float(_RATIO.subtract(_RATIO.divide(after, before), _ONE))
