"""Sums over the last hours, in bounded memory.

Time:    kept by slots of a window's 96th part, so that what is summed are the newest 95/96 of the window at least, and
         never more than the window: short of an hour by 37 s at most, of a day by a quarter of an hour.
Threads: ``slot`` from one; ``totals`` changes nothing and may be asked from any.
"""

from __future__ import annotations

from typing import Final

SLOTS: Final = 96
"""A quarter of an hour of a day, the step of many reports; 15 kB for three sums."""


class SlidingTotals:
    """Sums what was added within the window.

    Args:
        window_seconds: How long what was added counts.
        width: How many sums are kept side by side.
    """

    __slots__ = ("_numbers", "_slot_seconds", "_slots", "_width")

    def __init__(self, window_seconds: float, width: int) -> None:
        self._slot_seconds = window_seconds / SLOTS
        self._width = width
        self._numbers = [-SLOTS] * SLOTS
        self._slots = [[0.0] * width for _ in range(SLOTS)]

    def slot(self, unix_seconds: float) -> list[float]:
        """Return the sums to add to at this time; time does not run backwards."""
        number = int(unix_seconds / self._slot_seconds)
        place = number % SLOTS
        if self._numbers[place] != number:
            self._slots[place] = [0.0] * self._width
            self._numbers[place] = number
        return self._slots[place]

    def totals(self, unix_seconds: float) -> list[float]:
        """Return what was added in the window that ends now."""
        oldest = int(unix_seconds / self._slot_seconds) - SLOTS + 1
        totals = [0.0] * self._width
        for number, slot in zip(self._numbers, self._slots, strict=True):
            if number >= oldest:
                totals = [total + amount for total, amount in zip(totals, slot, strict=True)]
        return totals
