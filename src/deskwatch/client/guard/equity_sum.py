"""Sum up what several strategies of one account read: equity, drawdown from the peak of the sum, loss of the day.

Threads: not safe to change from two.
"""

from __future__ import annotations

import math
from typing import Final

from deskwatch.client.guard.state import Readings

_SAME: Final = 1e-9
"""Two floats that were meant to be one amount differ by less, of their size."""


class EquitySum:
    """The last readings of each strategy, and what follows for all of them.

    A strategy that is new brings its equity along, which is no gain. Each strategy's day is that of its own zone.
    """

    __slots__ = ("_day_starts", "_equities", "_joined", "_peak", "_rebased")

    def __init__(self) -> None:
        self._equities: dict[object, float] = {}
        self._day_starts: dict[object, float] = {}
        self._joined: set[object] = set()
        self._rebased: dict[object, tuple[float, float]] = {}  # its day's start and its equity, at the last reset
        self._peak = 0.0

    def take(self, strategy: object, readings: Readings) -> Readings:
        """Return the account's readings, with these of one strategy as its newest."""
        equity = readings.equity
        self._equities[strategy] = equity
        self._day_starts[strategy] = equity + readings.day_loss - readings.day_gain
        if strategy not in self._joined and math.isfinite(equity):
            self._joined.add(strategy)
            self._peak += equity
        total = sum(self._equities.values())
        if not math.isfinite(total):
            return Readings(total)
        self._peak = max(self._peak, total)
        drawdown = 1.0 - total / self._peak if self._peak > 0.0 else 0.0
        started = sum(self._started(one) for one in self._equities)
        loss = started - total
        if loss <= 0.0:
            return Readings(total, drawdown, day_gain=-loss)
        return Readings(total, drawdown, loss, loss / started if started > 0.0 else 1.0)

    def begin_anew(self) -> None:
        """Count drawdown and loss from here: a person has looked and reset the guard."""
        self._peak = sum(equity for equity in self._equities.values() if math.isfinite(equity))
        self._rebased = {one: (self._day_starts[one], equity) for one, equity in self._equities.items()}

    def _started(self, strategy: object) -> float:
        """Return what the strategy's equity was at midnight, or at the last reset if that was later."""
        start, rebased = self._day_starts[strategy], self._rebased.get(strategy)
        if rebased is None:
            return start
        if math.isclose(start, rebased[0], rel_tol=_SAME):
            return rebased[1]
        del self._rebased[strategy]  # midnight has passed since
        return start
