"""The account as the strategy's own fills and marks tell it; every update costs the same, however long it runs.

Way:     fills, marks → [ledger] → equity, P&L, drawdown, exposure, performance, activity → gauges and guard.
Money:   Decimal, in a context of its own, so that neither the bot's precision nor its traps reach in here.
Threads: not safe to change from two; ``TradingMetrics`` sees to that.
"""

from __future__ import annotations

from decimal import Context, Decimal, getcontext, localcontext, setcontext
from typing import Final, NamedTuple

from deskwatch.client import untrusted
from deskwatch.client.trading.activity import Activity
from deskwatch.client.trading.day import next_midnight, zone_named
from deskwatch.client.trading.performance import DAY_SECONDS, Performance
from deskwatch.client.trading.position import ZERO, Position
from deskwatch.client.untrusted import Amount

MONEY: Final = Context(prec=60, traps=[])
"""60 digits hold the exact product of two amounts of 30 (untrusted.MAX_MONEY_EXPONENT)."""

MAX_SYMBOLS: Final = 10_000
"""Positions kept; at about 600 bytes each, 6 MB. No venue lists as many instruments that one strategy trades."""


class Filled(NamedTuple):
    """What a fill did.

    Attributes:
        realized_pnl: Gained by it, before its fee.
        position_after: The position it left.
        trade_pnl: Gained by the trade that it ended, after fees, or ``None`` if it ended none.
    """

    realized_pnl: Decimal
    position_after: Decimal
    trade_pnl: Decimal | None


class Ledger:
    """Positions, P&L and equity of one strategy in one currency.

    ``equity = starting equity + realized + unrealized - fees``, plus what ``set_equity`` corrected. Drawdown is
    counted from the highest equity that was seen, the loss of a day from the last equity before midnight.

    Args:
        starting_equity: What the account was worth before the first fill; ``None`` until ``set_equity`` tells it.
        zone: Whose midnight begins a day.
        returns_interval_seconds: How often ``performance`` takes a return: by default once a day, at that midnight.
        benchmark: The symbol whose marks beta is measured against.
        exposure_limit: The gross exposure that the strategy may use.

    Attributes:
        performance: Sharpe and the other figures of the returns.
        activity: Turnover, slippage and the other figures of fills and trades.
        now: The time of the newest update, Unix seconds.
        realized_pnl: Gained by closing, before fees.
        unrealized_pnl: What closing everything at the marks would gain.
        fees: Paid.
        turnover: Quantity times price of all fills.
        gross_exposure: The sum of the positions' absolute values.
        net_exposure: The sum of their values.
        equity: What the account is worth.
        peak_equity: The most it was worth.
        drawdown_ratio: How far it is below the peak, of the peak.
        max_drawdown_ratio: The deepest that was.
        pnl_day: Gained since midnight.
        wins: Trades that gained after fees.
        losses: Trades that did not.

    Raises:
        ValueError: The zone is unknown, the interval cannot be used, or the exposure limit is not above 0.
    """

    def __init__(
        self,
        starting_equity: Decimal | None = None,
        *,
        zone: str = "UTC",
        returns_interval_seconds: int = DAY_SECONDS,
        benchmark: str | None = None,
        exposure_limit: Amount | None = None,
    ) -> None:
        limit = untrusted.money(exposure_limit)
        if exposure_limit is not None and (limit is None or limit <= 0):
            raise ValueError(f"exposure_limit must be an amount above 0, was {exposure_limit!r}")
        self._zone = zone_named(zone)
        self._benchmark = benchmark
        self._exposure_limit = limit
        self.performance = Performance(self._zone, returns_interval_seconds)
        self.activity = Activity()
        self._positions: dict[str, Position] = {}
        self.now = 0.0
        self._day_ends = float("-inf")
        self._next_boundary = float("-inf")
        self._base = starting_equity if starting_equity is not None else ZERO
        self.equity_known = starting_equity is not None
        self.realized_pnl = ZERO
        self.unrealized_pnl = ZERO
        self.fees = ZERO
        self.turnover = ZERO
        self.gross_exposure = ZERO
        self.net_exposure = ZERO
        self.max_drawdown_ratio = 0.0
        self.wins = 0
        self.losses = 0
        self.equity = self._base
        self._rebase()

    def _rebase(self) -> None:
        self.peak_equity = self.equity
        self.day_start_equity = self.equity
        self.drawdown_ratio = 0.0
        self.pnl_day = ZERO

    def advance(self, unix_seconds: float) -> None:
        """Let time pass: at midnight a new day's P&L begins. Call it before the update of that time."""
        self.now = unix_seconds
        if unix_seconds >= self._next_boundary:
            self._cross(unix_seconds)

    def _cross(self, unix_seconds: float) -> None:
        first = self._next_boundary == float("-inf")
        if unix_seconds >= self._day_ends:
            if not first:
                self.day_start_equity = self.equity
                self.pnl_day = ZERO
            self._day_ends = next_midnight(unix_seconds, self._zone)
        self._next_boundary = self._day_ends  # first, so that a fault in the figures could not stop every later tick
        self.performance.advance(unix_seconds, self.equity if self.equity_known else None, self._benchmark_price())
        self._next_boundary = min(self._day_ends, self.performance.interval_ends)

    def _benchmark_price(self) -> Decimal | None:
        position = self._positions.get(self._benchmark) if self._benchmark is not None else None
        return position.mark_price if position is not None and position.marked else None

    def has_room(self, symbol: str) -> bool:
        """Say whether a fill or mark of this symbol can be kept."""
        return symbol in self._positions or len(self._positions) < MAX_SYMBOLS

    def position(self, symbol: str) -> Position:
        """Return the position; flat if nothing is known of the symbol."""
        return self._positions.get(symbol) or Position()

    def fill(self, symbol: str, quantity: Decimal, price: Decimal, fee: Decimal = ZERO) -> Filled:
        """Apply a fill.

        Args:
            symbol: What was traded.
            quantity: Positive bought, negative sold; not 0.
            price: Of one unit.
            fee: Paid for the whole fill; negative is a rebate.
        """
        with localcontext(MONEY):
            position = self._positions.setdefault(symbol, Position())
            unrealized = position.unrealized_pnl
            closed = position.fill(quantity, price, fee)
            self.realized_pnl += closed.realized_pnl
            self.fees += fee
            paid = quantity * price
            self.turnover += abs(paid)
            self.activity.fill(self.now, paid, quantity * position.mark_price if position.marked else None)
            self._revalue(position, position.mark_price if position.marked else price, unrealized)
            self._count_trade(closed.trade_pnl)
            self._settle()
            return Filled(closed.realized_pnl, position.quantity, closed.trade_pnl)

    def mark(self, symbol: str, price: Decimal) -> Position:
        """Value a position at the market's price, and return it."""
        position = self._positions.get(symbol)
        if position is None:
            position = self._positions[symbol] = Position()
        position.marked = True
        position.mark_price = price
        if position.quantity:
            outer = getcontext()
            setcontext(MONEY)  # by hand: localcontext copies, and a tick pays 0.3 µs for that
            try:
                self._revalue(position, price, position.unrealized_pnl)
                self._settle()
            finally:
                setcontext(outer)
        return position

    def set_equity(self, equity: Decimal) -> None:
        """Correct the equity to what the account says; fills and marks go on from there.

        The first one of an account that was not known is where peak and day begin. A deposit or a withdrawal shows as
        P&L of the day.
        """
        with localcontext(MONEY):
            self._base += equity - self.equity
            self._settle()
            if not self.equity_known:
                self.equity_known = True
                self.max_drawdown_ratio = 0.0
                self._rebase()

    def begin_anew(self) -> None:
        """Count drawdown and the day's loss from here: a person has looked and reset the guard."""
        self._rebase()

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
        values = [position.value.copy_abs() for position in list(self._positions.values())]
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
        if self.pnl_day >= 0:
            return 0.0
        return float(MONEY.divide(-self.pnl_day, self.day_start_equity)) if self.day_start_equity > 0 else 1.0

    def _of_equity(self, exposure: Decimal) -> float:
        if not exposure:
            return 0.0
        if self.equity > 0:
            return float(MONEY.divide(exposure, self.equity))
        return float("inf") if exposure > 0 else float("-inf")

    def _revalue(self, position: Position, price: Decimal, unrealized_before: Decimal) -> None:
        value = position.quantity * price
        self.gross_exposure += abs(value) - abs(position.value)
        self.net_exposure += value - position.value
        self.unrealized_pnl += value - position.cost - unrealized_before
        position.value = value
        position.mark_price = price

    def _count_trade(self, trade_pnl: Decimal | None) -> None:
        if trade_pnl is None:
            return
        self.activity.end_trade(self.now, trade_pnl)
        if trade_pnl > 0:
            self.wins += 1
        else:
            self.losses += 1

    def _settle(self) -> None:
        equity = self._base + self.realized_pnl + self.unrealized_pnl - self.fees
        self.equity = equity
        self.pnl_day = equity - self.day_start_equity
        if equity >= self.peak_equity:
            self.peak_equity = equity
            self.drawdown_ratio = 0.0
            return
        # Below a peak that was never above zero everything is lost, and more.
        self.drawdown_ratio = float((self.peak_equity - equity) / self.peak_equity) if self.peak_equity > 0 else 1.0
        self.max_drawdown_ratio = max(self.max_drawdown_ratio, self.drawdown_ratio)
