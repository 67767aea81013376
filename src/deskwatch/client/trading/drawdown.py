"""How far the equity is below its peak, now and at its worst.

A tick compares and keeps; nobody divides before somebody asks, or a new peak ends what lay below the old one.
"""

from __future__ import annotations

from decimal import Decimal

from deskwatch.client.trading.instrument import MONEY


class Drawdown:
    """The highest equity, the lowest since, and the deepest fall before that.

    Args:
        equity: Where it begins.

    Attributes:
        peak: The highest that was.
        trough: The lowest since the peak.
        deepest_before: The deepest ratio of the peaks before this one.
        equity: The newest.
    """

    __slots__ = ("_as_float", "deepest_before", "equity", "peak", "trough")

    def __init__(self, equity: Decimal) -> None:
        self.peak = self.trough = self.equity = equity
        self.deepest_before = 0.0
        self._as_float = (equity, float(equity))  # of the peak; one value, as a scrape reads it meanwhile

    def see(self, equity: Decimal) -> None:
        """Take the newest equity; call it in the context ``instrument.MONEY``."""
        self.equity = equity
        if equity < self.peak:
            self.trough = min(self.trough, equity)
        elif equity > self.peak:
            self.begin_anew(equity)

    def begin_anew(self, equity: Decimal) -> None:
        """Count from this equity; the deepest that was stays."""
        if self.trough < self.peak:
            self.deepest_before = self.deepest_ratio
        self.peak = self.trough = self.equity = equity

    @property
    def ratio(self) -> float:
        """How far the newest is below the peak, of the peak."""
        return self._below(self.equity)

    @property
    def deepest_ratio(self) -> float:
        """The deepest that was."""
        return max(self.deepest_before, self._below(self.trough))

    def _below(self, equity: Decimal) -> float:
        peak = self.peak
        if equity >= peak:
            return 0.0
        of, as_float = self._as_float
        if of is not peak:
            as_float = float(peak)
            self._as_float = (peak, as_float)
        # Below a peak that was never above zero everything is lost, and more. The difference is exact.
        return float(MONEY.subtract(peak, equity)) / as_float if as_float > 0 else 1.0
