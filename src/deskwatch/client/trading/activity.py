"""What the fills and the trades they ended say: how much, how often, at what cost, with what gain.

Way:     ledger's fills → [activity] → turnover, trades per hour, slippage, profit factor.
Time:    the time given with each fill; asked for now, what is older than the window no longer counts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from deskwatch.client.trading.position import ZERO
from deskwatch.client.trading.sliding import SlidingTotals

DAY_SECONDS: Final = 86_400.0
HOUR_SECONDS: Final = 3_600.0


class Activity:
    """Sums over fills and trades. A trade is what brings a position from zero to zero, or across it.

    Attributes:
        gross_profit: Gained by all trades that gained, after fees.
        gross_loss: Lost by all others, after fees; positive.
    """

    def __init__(self) -> None:
        self.gross_profit = ZERO
        self.gross_loss = ZERO
        self._fills = SlidingTotals(DAY_SECONDS, 3)  # traded, compared with a mark, lost against it
        self._trades = SlidingTotals(HOUR_SECONDS, 1)

    def fill(self, unix_seconds: float, paid: Decimal, at_mark: Decimal | None) -> None:
        """Count a fill.

        Args:
            unix_seconds: When it was.
            paid: Quantity times price, negative when sold.
            at_mark: Quantity times the market's price before it, likewise; ``None`` if that was not known.
        """
        sums, money = self._fills.slot(unix_seconds), float(paid)
        sums[0] += abs(money)
        if at_mark is not None:
            compared = float(at_mark)
            sums[1] += abs(compared)
            sums[2] += money - compared

    def end_trade(self, unix_seconds: float, pnl: Decimal) -> None:
        """Count a trade that ended with this gain after fees; call it in the ledger's decimal context."""
        if pnl > 0:
            self.gross_profit += pnl
        else:
            self.gross_loss -= pnl
        self._trades.slot(unix_seconds)[0] += 1.0

    @property
    def profit_factor(self) -> float | None:
        """Gross profit over gross loss of all trades that ended; ``None`` until one has lost.

        Source: https://www.freqtrade.io/en/stable/backtesting/ (profit factor)
        """
        return float(self.gross_profit) / float(self.gross_loss) if self.gross_loss else None

    def turnover(self, unix_seconds: float) -> float:
        """Return the money traded, bought and sold, in the last day."""
        return self._fills.totals(unix_seconds)[0]

    def trades_per_hour(self, unix_seconds: float) -> float:
        """Return how many trades ended in the last hour."""
        return self._trades.totals(unix_seconds)[0]

    def slippage_ratio(self, unix_seconds: float) -> float | None:
        """Return how much worse than the mark before them the fills of the last day were, by the money traded.

        Positive is a cost: bought above the mark, sold below it. ``None`` if there was no fill with a mark before it.

        Source: the shortfall against the price at the decision, Perold 1988, https://doi.org/10.3905/jpm.1988.409150
        """
        _, compared, slipped = self._fills.totals(unix_seconds)
        return slipped / compared if compared > 0 else None
