"""What an account is worth, and all that is read off from that: drawdown, the day's loss, exposure of it.

Way:     book → [equity] → ledger changes it; gauges and guard read it.
Threads: not safe to change from two; every property may be read from any, in whatever decimal context.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from deskwatch.client import untrusted
from deskwatch.client.trading.activity import Activity
from deskwatch.client.trading.book import Book
from deskwatch.client.trading.drawdown import Drawdown
from deskwatch.client.trading.instrument import MONEY, Instrument
from deskwatch.client.trading.position import ZERO
from deskwatch.client.untrusted import Amount


class Equity(Book):
    """The worth of an account.

    Args:
        starting_equity: What it was before the first fill, if that is known.
        currency: The account's.
        instruments: What is not in the account's currency, a unit a unit.
        exposure_limit: The gross exposure that may be used.

    Attributes:
        told: Whether the account told its equity.
        equity: What the account is worth; without a rate of a currency, what the others are.
        drawdown: The equity below its peak.
        day_start_equity: The equity at the last midnight.
        activity: Turnover, slippage and the other figures of fills and trades.
        wins: Trades that gained after fees.
        losses: Trades that did not.

    Raises:
        ValueError: The exposure limit is not above 0, a symbol is declared twice, or the currency is none.
    """

    def __init__(
        self,
        starting_equity: Decimal | None,
        currency: str,
        instruments: Iterable[Instrument],
        exposure_limit: Amount | None,
    ) -> None:
        limit = untrusted.money(exposure_limit)
        if exposure_limit is not None and (limit is None or limit <= 0):
            raise ValueError(f"exposure_limit must be an amount above 0, was {exposure_limit!r}")
        super().__init__(currency, instruments)
        self._exposure_limit = limit
        self.told = starting_equity is not None
        self.equity = starting_equity if starting_equity is not None else ZERO
        self.drawdown = Drawdown(self.equity)
        self.day_start_equity = self.equity
        self.activity = Activity()
        self.wins = 0
        self.losses = 0

    @property
    def equity_known(self) -> bool:
        """Whether the account told its equity, and every currency has a rate."""
        return self.told and not self._unrated

    @property
    def peak_equity(self) -> Decimal:
        """The most that the account was worth."""
        return self.drawdown.peak

    @property
    def drawdown_ratio(self) -> float:
        """How far the equity is below the peak, of the peak."""
        return self.drawdown.ratio

    @property
    def max_drawdown_ratio(self) -> float:
        """The deepest that was."""
        return self.drawdown.deepest_ratio

    @property
    def pnl_day(self) -> Decimal:
        """Gained since midnight, after fees."""
        return MONEY.subtract(self.equity, self.day_start_equity)

    @property
    def win_ratio(self) -> float:
        """Trades that gained, of all that ended; 0 before the first."""
        trades = self.wins + self.losses
        return self.wins / trades if trades else 0.0

    @property
    def gross_exposure_ratio(self) -> float:
        """Gross exposure of the equity; infinite when there is a position and no equity."""
        return self._of_equity(self.gross_exposure)

    @property
    def net_exposure_ratio(self) -> float:
        """Net exposure of the equity, negative when short."""
        return self._of_equity(self.net_exposure)

    @property
    def largest_position_ratio(self) -> float:
        """The largest position's absolute value, of the equity. Costs a look at each position: for a scrape."""
        values = [p.purse.converted(p.value.copy_abs()) or ZERO for p in list(self._positions.values())]
        return self._of_equity(max(values, default=ZERO))

    @property
    def risk_utilization_ratio(self) -> float | None:
        """Gross exposure of its limit: 1 is all that may be used; ``None`` without a limit."""
        return None if self._exposure_limit is None else float(MONEY.divide(self.gross_exposure, self._exposure_limit))

    def turnover_ratio(self, unix_seconds: float) -> float | None:
        """Return the money traded in the last day, bought and sold, of the equity; ``None`` without equity."""
        if not self.equity_known or self.equity <= 0:
            return None
        return self.activity.turnover(unix_seconds) / float(self.equity)

    @property
    def day_loss_ratio(self) -> float:
        """What was lost since midnight, of the equity then; 0 after a gain."""
        start, equity = self.day_start_equity, self.equity
        if equity >= start:
            return 0.0
        return float(MONEY.subtract(start, equity)) / float(start) if start > 0 else 1.0

    def _of_equity(self, exposure: Decimal) -> float:
        if not exposure:
            return 0.0
        if self.equity > 0:
            return float(MONEY.divide(exposure, self.equity))
        return float("inf") if exposure > 0 else float("-inf")
