"""Moments of the returns in a sliding window, in constant time and without drift.

Returns are counted in whole units of 2^-60 and their powers summed as integers. What leaves a window is taken off to
the last bit, so that one which slid for years equals one that was summed afresh; and no variance is the difference of
two nearly equal floats.
"""

from __future__ import annotations

import math
from typing import Final

UNIT: Final = 1 << 60
"""A unit is 8.7e-19 of the equity: finer than the step of doubles from 0.008 up, and below any return that matters."""

SCALE: Final = float(UNIT)
_SCALE_SQUARED: Final = SCALE * SCALE

MIN_VARIANCE: Final = 1.0e-30
"""Below it what differs is the rounding of the returns, not the returns.

Source: https://github.com/stefan-jansen/empyrical-reloaded/blob/main/src/empyrical/stats.py (beta_aligned)
"""


def units_of(ratio: float) -> int:
    """Return the ratio in units."""
    return int(ratio * SCALE)


class Spread:
    """Mean and variance.

    Args:
        size: Returns that the window holds when it is full.

    Attributes:
        size: The same.
        count: Returns in the window.
        total: Their sum, in units.
        squares: The sum of their squares.
    """

    __slots__ = ("count", "size", "squares", "total")

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.total = 0
        self.squares = 0

    def slide(self, units: int, leaving: int) -> None:
        """Let a return in and the oldest out; while the window fills the oldest is 0, which is in no sum."""
        if self.count < self.size:
            self.count += 1
        change = units - leaving
        self.total += change
        self.squares += change * (units + leaving)

    @property
    def full(self) -> bool:
        """Whether each return that comes drives one out."""
        return self.count == self.size

    @property
    def mean(self) -> float:
        """The mean; of no returns, 0."""
        return float(self.total) / (self.count * SCALE) if self.count else 0.0

    @property
    def deviation(self) -> float | None:
        """The standard deviation of a sample (ddof 1); ``None`` below two returns or if all are the same."""
        count = self.count
        if count < 2:
            return None
        variance = float(self.scatter) / (count * (count - 1) * _SCALE_SQUARED)
        return math.sqrt(variance) if variance >= MIN_VARIANCE else None

    @property
    def scatter(self) -> int:
        """The population's variance times the count squared, in units squared; exact."""
        return self.count * self.squares - self.total * self.total


class Moments(Spread):
    """Mean, variance, skewness, kurtosis and the downside.

    Attributes:
        cubes: The sum of the third powers.
        fourths: The sum of the fourth powers.
        squares_below: The sum of the squares of the losses.
    """

    __slots__ = ("cubes", "fourths", "squares_below")

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.cubes = 0
        self.fourths = 0
        self.squares_below = 0

    def slide(self, units: int, leaving: int) -> None:
        """Let a return in and the oldest out; while the window fills the oldest is 0, which is in no sum."""
        if self.count < self.size:
            self.count += 1
        square, square_leaving = units * units, leaving * leaving
        gained = square - square_leaving
        self.total += units - leaving
        self.squares += gained
        self.cubes += square * units - square_leaving * leaving
        self.fourths += gained * (square + square_leaving)
        if units < 0:
            self.squares_below += square
        if leaving < 0:
            self.squares_below -= square_leaving

    @property
    def downside_deviation(self) -> float | None:
        """The root of the mean square of the losses, gains counting as 0; ``None`` if nothing was lost."""
        if not self.squares_below:
            return None
        return math.sqrt(float(self.squares_below) / (self.count * _SCALE_SQUARED))

    def shape(self) -> tuple[float, float]:
        """Return skewness and kurtosis of the population; a normal distribution has 0 and 3. Needs a deviation."""
        count, total, squares, cubes = self.count, self.total, self.squares, self.cubes
        scatter = float(count * squares - total * total)
        from_total = total * total
        third = count * (count * cubes - 3 * total * squares) + 2 * total * from_total
        fourth = count * (count * (count * self.fourths - 4 * total * cubes) + 6 * from_total * squares)
        fourth -= 3 * from_total * from_total
        return float(third) / (scatter * math.sqrt(scatter)), float(fourth) / (scatter * scatter)
