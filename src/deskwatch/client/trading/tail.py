"""The worst returns of a sliding window: value at risk and expected shortfall, exactly.

Only the worst are kept in order, up to four times as many as the worst twentieth; of the others it is enough that they
are better. Nineteen of twenty returns that come or leave are compared once and touch nothing. When too few are left in
order the window is sorted anew: by then about a tenth of the window has left it, all of them worst ones.

Source:  historical simulation; the 5 % point between two returns lies on the line between them (Hyndman & Fan 1996,
         type 7), as numpy.percentile and empyrical have it. https://www.jstor.org/stable/2684934
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from deskwatch.client.trading.moments import SCALE

TAIL_DIVISOR: Final = 20
"""The worst twentieth, that is a confidence of 95 %; whole numbers, so that no rounding moves the cut."""


class Tail:
    """The worst returns of a window, in order.

    Args:
        window: All returns of it, in the places from the first; ``add`` and ``exchange`` follow a change of it.

    Attributes:
        best: The best of those in order; an exchange of two that are better need not be told.
    """

    __slots__ = ("_count", "_ordered", "_window", "_worst", "_worst_total", "best")

    def __init__(self, window: list[int]) -> None:
        self._window = window
        self._count = 0
        self._ordered: list[int] = []
        self.best: int | float = float("inf")
        self._worst = 0  # how many are the worst twentieth, rounded up
        self._worst_total = 0

    def add(self, units: int) -> None:
        """Let a return in."""
        self._count += 1
        if units <= self.best:
            self._come(units)
        if (self._count - 1) // TAIL_DIVISOR == self._worst:
            self._worst += 1
            self._worst_total += self._ordered[self._worst - 1]
        self._keep_enough()

    def exchange(self, coming: int, leaving: int) -> None:
        """Let a return in and another out that is in."""
        if leaving <= self.best:
            self._leave(leaving)
        if coming <= self.best:
            self._come(coming)
        self._keep_enough()

    @property
    def known(self) -> bool:
        """Whether there are so many returns that a twentieth of them is one at least."""
        return self._count >= TAIL_DIVISOR

    def value_at_risk(self) -> float:
        """Return the loss that 95 of 100 intervals stay below, as a positive ratio. Needs ``known``."""
        place, rest = divmod(self._count - 1, TAIL_DIVISOR)
        lower, upper = self._ordered[place], self._ordered[place + 1]
        return -float(lower * TAIL_DIVISOR + (upper - lower) * rest) / (TAIL_DIVISOR * SCALE)

    def expected_shortfall(self) -> float:
        """Return the mean loss of the worst twentieth, as a positive ratio; CVaR by another name. Needs ``known``."""
        return -float(self._worst_total) / (self._worst * SCALE)

    def _come(self, units: int) -> None:
        ordered, worst = self._ordered, self._worst
        place = bisect_left(ordered, units)
        ordered.insert(place, units)
        if place < worst:
            self._worst_total += units - ordered[worst]

    def _leave(self, units: int) -> None:
        ordered, worst = self._ordered, self._worst
        place = bisect_left(ordered, units)
        del ordered[place]
        if place < worst:
            self._worst_total += ordered[worst - 1] - units

    def _keep_enough(self) -> None:
        """Keep the worst twentieth and the next in order, and not too many beside them."""
        kept = len(self._ordered)
        if kept > 4 * self._worst + TAIL_DIVISOR:
            self._cut()
        elif kept < self._worst + 2 and kept < self._count:
            self._ordered = sorted(self._window[: self._count])
            self.best = float("inf")
            self._cut()

    def _cut(self) -> None:
        """Let go of what is no worse than three times the worst twentieth; of what is the same, of all or of none."""
        ordered = self._ordered
        place = 3 * self._worst + TAIL_DIVISOR
        if place < len(ordered):
            place = bisect_left(ordered, ordered[place])
            if place >= self._worst + 2:
                del ordered[place:]
                self.best = ordered[-1]
