"""One symbol's position at average cost: long, short, and flips through zero.

The cost is kept, not the average, so that only a partial close divides: its part is rounded once, and what stays is the
exact rest. The cost of an inverse contract is in coins, so that its average is the harmonic one, as venues have it.

Money:   in the instrument's currency; call what changes it in the context ``instrument.MONEY``.
Source:  https://www.investopedia.com/terms/a/averagecostmethod.asp
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from deskwatch.client.trading.instrument import MONEY, Instrument, rounded
from deskwatch.client.trading.purse import Purse

ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)

PLAIN: Final = Instrument("plain")
"""What a symbol is that nobody declared; the name is not used."""

DUST_RATIO: Final = Decimal("1e-12")
"""A rest below this part of the fill is float noise: a double has 16 digits, a few thousand sums cost four of them."""


class Closed(NamedTuple):
    """What a fill closed.

    Attributes:
        realized_pnl: Gained by it, before fees.
        trade_pnl: Gained by the whole trade, after its fees and with its funding, if the position came to zero or
            crossed it.
    """

    realized_pnl: Decimal
    trade_pnl: Decimal | None


class Position:
    """Quantity and cost of one symbol; not safe to change from two threads.

    Args:
        instrument: What the symbol is.
        purse: The sums of its currency.

    Attributes:
        instrument: The same.
        purse: The same.
        quantity: Positive is long, negative short.
        cost: What the open quantity cost, signed like it.
        value: Quantity at the mark, signed like it.
        mark_price: The last price that is known.
        marked: Whether the price came from the market rather than from a fill.
        trade_pnl: Gained so far by the trade that is open, after its fees and with its funding.
    """

    __slots__ = ("cost", "instrument", "mark_price", "marked", "purse", "quantity", "trade_pnl", "units", "value")

    def __init__(self, instrument: Instrument = PLAIN, purse: Purse | None = None) -> None:
        self.instrument = instrument
        self.purse = purse if purse is not None else Purse(instrument.currency or "", _ONE)
        self.quantity = ZERO
        self.units = ZERO  # quantity times multiplier
        self.cost = ZERO
        self.value = ZERO
        self.mark_price = ZERO
        self.marked = False
        self.trade_pnl = ZERO

    @property
    def unrealized_pnl(self) -> Decimal:
        """What closing at the mark would gain."""
        gained = MONEY.subtract(self.value, self.cost)
        return gained.copy_negate() if self.instrument.inverse else gained

    def revalue(self, price: Decimal) -> Decimal:
        """Take a new price and return what is gained by it."""
        inverse, before = self.instrument.inverse, self.value
        value = rounded(self.units / price) if inverse else self.units * price
        change = value - before
        self.value = value
        self.mark_price = price
        purse, signed = self.purse, value.is_signed()
        if signed != before.is_signed():  # flipped, or a price that fell below 0
            purse.long += value if before.is_signed() else -before
            purse.short += value if signed else -before
        elif signed:
            purse.short += change
        else:
            purse.long += change
        return -change if inverse else change

    def fill(self, quantity: Decimal, price: Decimal, fee: Decimal) -> Closed:
        """Apply a fill; ``revalue`` must follow.

        Args:
            quantity: Positive bought, negative sold; not 0.
            price: Of one unit.
            fee: Paid for the whole fill.
        """
        closing = self._closing_part(quantity)
        if not closing:
            self._open(quantity, price, fee)
            return Closed(ZERO, None)
        fee_closing = fee * min(abs(closing / quantity), _ONE)
        realized = self._close(closing, price)
        self.trade_pnl += realized - fee_closing
        if self.quantity:
            return Closed(realized, None)
        trade_pnl, self.trade_pnl = self.trade_pnl, ZERO
        rest = quantity - closing
        if abs(rest) > abs(quantity) * DUST_RATIO:
            self._open(rest, price, fee - fee_closing)
        return Closed(realized, trade_pnl)

    def fund(self, amount: Decimal) -> None:
        """Count a funding payment to the trade that is open; what comes after its end belongs to none."""
        if self.quantity:
            self.trade_pnl += amount

    def split(self, new: Decimal, old: Decimal) -> None:
        """Make ``new`` units of each ``old``: the price falls as the quantity rises, money does not move."""
        self._hold(self.quantity * new / old)
        self.mark_price = self.mark_price * old / new

    def _closing_part(self, quantity: Decimal) -> Decimal:
        """Return the part of the fill that closes, signed like it; all of the position if only dust would stay."""
        if not self.quantity or (self.quantity > 0) == (quantity > 0):
            return ZERO
        rest = abs(self.quantity) - abs(quantity)
        return -self.quantity if rest <= abs(quantity) * DUST_RATIO else quantity

    def _open(self, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        self._hold(self.quantity + quantity)
        self.cost += self.instrument.value(quantity, price)
        self.trade_pnl -= fee

    def _close(self, quantity: Decimal, price: Decimal) -> Decimal:
        whole = quantity == -self.quantity
        cost = self.cost if whole else rounded(self.cost * -quantity / self.quantity)
        self._hold(ZERO if whole else self.quantity + quantity)
        self.cost = ZERO if whole else self.cost - cost
        gained = self.instrument.value(-quantity, price) - cost
        return -gained if self.instrument.inverse else gained

    def _hold(self, quantity: Decimal) -> None:
        self.quantity = quantity
        self.units = quantity * self.instrument.multiplier
