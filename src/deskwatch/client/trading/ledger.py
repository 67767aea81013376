"""The account as the strategy's own fills and marks tell it; every update costs the same, however long it runs.

Way:     fills, marks, funding, splits, rates → [ledger] → equity, P&L, drawdown, exposure, performance, activity.
Money:   Decimal, in a context of its own, so that neither the bot's precision nor its traps reach in here. Sums and
         products are exact; a quotient (the coins of an inverse contract) and what another currency is worth are
         rounded once, to 30 digits after the point, and summed exactly from there.
Threads: not safe to change from two; ``TradingMetrics`` sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, getcontext, localcontext, setcontext
from typing import Final, NamedTuple

from deskwatch.client.trading.book import exchanged
from deskwatch.client.trading.day import next_midnight, zone_named
from deskwatch.client.trading.drawdown import Drawdown
from deskwatch.client.trading.equity import Equity
from deskwatch.client.trading.instrument import MONEY, Instrument
from deskwatch.client.trading.performance import DAY_SECONDS, Performance
from deskwatch.client.trading.position import ZERO, Position
from deskwatch.client.trading.purse import Purse
from deskwatch.client.untrusted import Amount

_ONE: Final = Decimal(1)


class Filled(NamedTuple):
    """What a fill did.

    Attributes:
        realized_pnl: Gained by it, before its fee, in the instrument's currency.
        position_after: The position it left.
        trade_pnl: Gained by the trade that it ended, after fees and with funding, in the account's currency; ``None``
            if it ended none, or a rate is missing.
        traded: What the fill was worth in the account's currency, as a positive amount; ``None`` without a rate.
        fee: The fee in the instrument's currency; ``None`` without a rate.
    """

    realized_pnl: Decimal
    position_after: Decimal
    trade_pnl: Decimal | None
    traded: Decimal | None
    fee: Decimal | None


class Ledger(Equity):
    """Positions, P&L and equity of one strategy.

    ``equity = starting equity + realized + unrealized + funding - fees``, each currency's part at its newest rate, plus
    what ``set_equity`` corrected. Drawdown is counted from the highest equity that was seen, the loss of a day from the
    last equity before midnight.

    A currency that is used or declared and has no rate makes the equity unknown until it has one: it is never taken for
    1. Once told, a rate stands until the next; ``purses`` say how old it is.

    Args:
        starting_equity: What the account was worth before the first fill; ``None`` until ``set_equity`` tells it.
        currency: The account's.
        instruments: What is not in the account's currency, a unit a unit.
        zone: Whose midnight begins a day.
        returns_interval_seconds: How often ``performance`` takes a return: by default once a day, at that midnight.
        benchmark: The symbol whose marks beta is measured against.
        exposure_limit: The gross exposure that the strategy may use.

    Attributes:
        currency: The account's.
        performance: Sharpe and the other figures of the returns.
        activity: Turnover, slippage and the other figures of fills and trades.
        drawdown: The equity below its peak.
        now: The time of the newest update, Unix seconds.
        told: Whether the account told its equity.
        day_ends: When the day ends, Unix seconds.
        equity: What the account is worth; without a rate of a currency, what the others are.
        turnover: What all fills were worth, at the rates of their time.
        wins: Trades that gained after fees.
        losses: Trades that did not.

    Raises:
        ValueError: The zone is unknown, the interval cannot be used, the exposure limit is not above 0, a symbol is
            declared twice, or a currency is none.
    """

    def __init__(
        self,
        starting_equity: Decimal | None = None,
        *,
        currency: str = "USD",
        instruments: Iterable[Instrument] = (),
        zone: str = "UTC",
        returns_interval_seconds: int = DAY_SECONDS,
        benchmark: str | None = None,
        exposure_limit: Amount | None = None,
    ) -> None:
        super().__init__(starting_equity, currency, instruments, exposure_limit)
        self._zone = zone_named(zone)
        self._benchmark = benchmark
        self.performance = Performance(self._zone, returns_interval_seconds)
        self.now = 0.0
        self.day_ends = float("-inf")
        self._next_boundary = float("-inf")
        self.turnover = ZERO

    def advance(self, unix_seconds: float) -> None:
        """Let time pass: at midnight a new day's P&L begins. Call it before the update of that time."""
        self.now = unix_seconds
        if unix_seconds >= self._next_boundary:
            self._cross(unix_seconds)

    def _cross(self, unix_seconds: float) -> None:
        first = self._next_boundary == float("-inf")
        if unix_seconds >= self.day_ends:
            if not first:
                self.day_start_equity = self.equity
            self.day_ends = next_midnight(unix_seconds, self._zone)
        self._next_boundary = self.day_ends  # first, so that a fault in the figures could not stop every later tick
        self.performance.advance(unix_seconds, self.equity if self.equity_known else None, self._benchmark_price())
        self._next_boundary = min(self.day_ends, self.performance.interval_ends)

    def begin_day_at(self, day_ends: float) -> None:
        """Go on in a day that ends then, and in the interval of ``performance``."""
        self.day_ends = day_ends
        self._next_boundary = min(day_ends, self.performance.interval_ends)

    def _benchmark_price(self) -> Decimal | None:
        position = self._positions.get(self._benchmark) if self._benchmark is not None else None
        return position.mark_price if position is not None and position.marked else None

    def fill(
        self, symbol: str, quantity: Decimal, price: Decimal, fee: Decimal = ZERO, fee_currency: str | None = None
    ) -> Filled:
        """Apply a fill.

        Args:
            symbol: What was traded.
            quantity: Positive bought, negative sold; not 0.
            price: Of one unit.
            fee: Paid for the whole fill; negative is a rebate.
            fee_currency: What the fee is in; by default the instrument's currency.

        Raises:
            ValueError: An inverse contract at a price of 0 or below.
        """
        with localcontext(MONEY):
            position = self._priced(symbol, price)
            purse = position.purse
            fees = purse if fee_currency is None else self._purse(fee_currency)
            paid = position.instrument.value(quantity, price)
            at_mark = position.instrument.value(quantity, position.mark_price) if position.marked else None
            unrealized = position.unrealized_pnl
            native_fee = exchanged(fee, fees, purse)
            closed = position.fill(quantity, price, native_fee)
            position.revalue(position.mark_price if position.marked else price)
            unrealized = position.unrealized_pnl - unrealized
            purse.realized += closed.realized_pnl
            purse.unrealized += unrealized
            fees.fees += fee
            self._gain(purse, closed.realized_pnl + unrealized)
            self._gain(fees, -fee)
            traded = self._count_fill(purse, paid, at_mark)
            trade_pnl = self._count_trade(purse, closed.trade_pnl)
            self.drawdown.see(self.equity)
            known_fee = None if native_fee.is_nan() else native_fee
            return Filled(closed.realized_pnl, position.quantity, trade_pnl, traded, known_fee)

    def mark(self, symbol: str, price: Decimal) -> Position:
        """Value a position at the market's price, and return it.

        Raises:
            ValueError: An inverse contract at a price of 0 or below.
        """
        position = self._priced(symbol, price)
        position.marked = True
        if not position.quantity:
            position.mark_price = price
            return position
        outer = getcontext()
        setcontext(MONEY)  # by hand: localcontext copies, and a tick pays 0.3 µs for that
        try:
            gained = position.revalue(price)
            purse = position.purse
            purse.unrealized += gained
            self.equity += gained if purse is self._own else purse.gain(gained)
            self.drawdown.see(self.equity)
        finally:
            setcontext(outer)
        return position

    def fund(self, symbol: str, amount: Decimal, currency: str | None = None) -> None:
        """Book a funding payment of a perpetual, or a dividend: positive was received, negative paid.

        Args:
            symbol: The position it is for.
            amount: In money.
            currency: What it is in; by default the instrument's currency.
        """
        with localcontext(MONEY):
            position = self._position(symbol)
            purse = position.purse if currency is None else self._purse(currency)
            purse.funding += amount
            position.fund(exchanged(amount, purse, position.purse))
            self._gain(purse, amount)
            self.drawdown.see(self.equity)

    def split(self, symbol: str, new: Decimal, old: Decimal = _ONE) -> Position:
        """Make ``new`` units of each ``old``: 4 for 1, or 1 for 10 in reverse; money and P&L do not move.

        Record it before the first price after it. Fractions are kept: what a broker pays for them is a fill.

        Raises:
            ValueError: The symbol is an inverse contract, which has no splits.
        """
        with localcontext(MONEY):
            position = self._position(symbol)
            if position.instrument.inverse:
                raise ValueError(f"{symbol} is an inverse contract, which cannot be split")
            position.split(new, old)
            return position

    def rate(self, base: str, quote: str, price: Decimal) -> Purse:
        """Take what one of ``base`` costs in ``quote``, one of which is the account's currency; return the other.

        Raises:
            ValueError: Neither is, or the price is not above 0.
        """
        if price <= 0 or base == quote or self.currency not in (base, quote):
            raise ValueError(
                f"a rate must be above 0, from or to the account's currency {self.currency}, "
                f"was {price} of {base} in {quote}"
            )
        with localcontext(MONEY):
            purse = self._purse(base if quote == self.currency else quote)
            if purse.rate is None:
                self._unrated -= 1
            self.equity += purse.quote(price if quote == self.currency else _ONE / price, self.now)
            self.drawdown.see(self.equity)
            return purse

    def set_equity(self, equity: Decimal) -> None:
        """Correct the equity to what the account says; fills and marks go on from there.

        The first one of an account that was not known is where peak and day begin. A deposit or a withdrawal shows as
        P&L of the day. It counts as told what there was in a currency whose rate is missing.
        """
        with localcontext(MONEY):
            for purse in self._purses.values():
                purse.is_told()
            self.equity = equity
            self.drawdown.see(equity)
            if not self.told:
                self.told = True
                self.drawdown = Drawdown(equity)
                self.day_start_equity = equity

    def begin_anew(self) -> None:
        """Count drawdown and the day's loss from here: a person has looked and reset the guard."""
        with localcontext(MONEY):
            self.drawdown.begin_anew(self.equity)
            self.day_start_equity = self.equity

    def _gain(self, purse: Purse, amount: Decimal) -> None:
        self.equity += amount if purse is self._own else purse.gain(amount)

    def _count_fill(self, purse: Purse, paid: Decimal, at_mark: Decimal | None) -> Decimal | None:
        """Count what was traded, in the account's currency, and return it."""
        money = purse.converted(paid)
        if money is None:
            return None
        traded = abs(money)
        self.turnover += traded
        self.activity.fill(self.now, money, None if at_mark is None else purse.converted(at_mark))
        return traded

    def _count_trade(self, purse: Purse, native_pnl: Decimal | None) -> Decimal | None:
        trade_pnl = None if native_pnl is None else purse.converted(native_pnl)
        if trade_pnl is None or trade_pnl.is_nan():
            return None
        self.activity.end_trade(self.now, trade_pnl)
        if trade_pnl > 0:
            self.wins += 1
        else:
            self.losses += 1
        return trade_pnl
