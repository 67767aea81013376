"""Figures of a return series over two sliding windows, kept up to date one return at a time.

Way:     equity at regular intervals → performance → [returns]: moments, tail, comovement → figures.
Time:    a return costs the same however many came before; memory is bounded by the longer window.
Threads: not safe to change from two; ``Figures`` are a value and may be read from any.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from deskwatch.client.trading.comovement import MAX_RETURN, Comovement
from deskwatch.client.trading.moments import SCALE, Moments, Spread
from deskwatch.client.trading.tail import Tail


class Figures(NamedTuple):
    """What the returns of the windows say; ``None`` is a figure that does not exist (yet).

    The risk-free rate is 0 throughout. Annualised is the mean times, the deviation times the root of, the number of
    intervals in a year.

    Attributes:
        sharpe_short: Mean over standard deviation (ddof 1), annualised, over the short window, from when that is full.
            Sharpe 1994, https://web.stanford.edu/~wfsharpe/art/sr/sr.htm
        sharpe_long: The same over the long window, from when that is full.
        sortino: Mean over downside deviation, annualised; target 0, and gains count as 0 in the deviation instead of
            being left out. http://www.redrockcapital.com/Sortino__A__Sharper__Ratio_Red_Rock_Capital.pdf
        volatility: Standard deviation (ddof 1), annualised.
        var_95: The loss, as a positive ratio, that 95 of 100 intervals stay below; historical, not Gaussian, over one
            interval, not annualised. Exists from 20 returns on: the worst twentieth of fewer is less than one.
        cvar_95: The mean loss of the worst twentieth, rounded up to whole returns.
        probabilistic_sharpe: The probability that the true Sharpe ratio is above 0, given length, skewness and
            kurtosis of the series. Bailey and López de Prado 2012,
            https://www.davidhbailey.com/dhbpapers/sharpe-frontier.pdf
        beta: Covariance with the benchmark's returns over their variance.
    """

    sharpe_short: float | None = None
    sharpe_long: float | None = None
    sortino: float | None = None
    volatility: float | None = None
    var_95: float | None = None
    cvar_95: float | None = None
    probabilistic_sharpe: float | None = None
    beta: float | None = None


class ReturnStatistics:
    """Figures over the newest ``long`` returns; of the ratios of Sharpe one over the newest ``short``.

    Args:
        short: Returns in the short window.
        long: Returns in the long window.
        intervals_per_year: How many returns a year has.

    Raises:
        ValueError: Not ``2 <= short <= long``.
    """

    def __init__(self, short: int, long: int, intervals_per_year: float) -> None:
        if not 2 <= short <= long:
            raise ValueError(f"windows must be 2 <= short <= long returns, were {short} and {long}")
        self._root_per_year = math.sqrt(intervals_per_year)
        self._units = [0] * long  # a ring; the oldest is in the place of the next
        self._place = 0
        self._short = Spread(short)
        self._long = Moments(long)
        self._tail = Tail(self._units)
        self._comovement = Comovement(long)

    @property
    def count(self) -> int:
        """Returns in the long window."""
        return self._long.count

    def add(self, ratio: float, benchmark_ratio: float | None = None) -> None:
        """Take the return of the next interval; the oldest leave the windows.

        Args:
            ratio: Gained in the interval, of the equity at its start: 0.01 is 1 %. What is NaN, infinite or beyond
                ``MAX_RETURN`` is left out.
            benchmark_ratio: The benchmark's return in the same interval, if it is known.
        """
        if not -MAX_RETURN <= ratio <= MAX_RETURN:
            return
        units, place, window, ring = int(ratio * SCALE), self._place, self._long, self._units
        leaving, short_leaving = ring[place], ring[place - self._short.size]
        ring[place] = units
        tail = self._tail
        if window.count < window.size:
            tail.add(units)
        elif units <= tail.best or leaving <= tail.best:
            tail.exchange(units, leaving)
        self._short.slide(units, short_leaving)
        window.slide(units, leaving)
        self._comovement.slide(place, units, leaving, benchmark_ratio)
        self._place = (place + 1) % window.size

    def figures(self) -> Figures:
        """Return all figures as they stand."""
        window, tail, root = self._long, self._tail, self._root_per_year
        mean, deviation, downside = window.mean, window.deviation, window.downside_deviation
        sharpe = mean / deviation if deviation is not None else None  # of one interval
        return Figures(
            sharpe_short=self._sharpe_short(),
            sharpe_long=sharpe * root if sharpe is not None and window.full else None,
            sortino=mean / downside * root if downside is not None else None,
            volatility=deviation * root if deviation is not None else None,
            var_95=tail.value_at_risk() if tail.known else None,
            cvar_95=tail.expected_shortfall() if tail.known else None,
            probabilistic_sharpe=_probabilistic_sharpe(window, sharpe) if sharpe is not None else None,
            beta=self._comovement.beta(),
        )

    def _sharpe_short(self) -> float | None:
        deviation = self._short.deviation if self._short.full else None
        return self._short.mean / deviation * self._root_per_year if deviation is not None else None


def _probabilistic_sharpe(window: Moments, sharpe: float) -> float:
    skewness, kurtosis = window.shape()
    error = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
    # Not below (1 - skewness * sharpe / 2)**2, by Pearson's inequality; 0 is reached by two values only.
    if error <= 0:
        return 1.0 if sharpe > 0 else 0.0
    return (1 + math.erf(sharpe * math.sqrt((window.count - 1) / (2 * error)))) / 2
