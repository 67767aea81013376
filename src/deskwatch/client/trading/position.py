"""One symbol's position at average cost: long, short, and flips through zero.

The cost is kept, not the average, so that only a partial close divides.

Source:  https://www.investopedia.com/terms/a/averagecostmethod.asp
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

ZERO: Final = Decimal(0)

DUST_RATIO: Final = Decimal("1e-12")
"""A rest below this part of the fill is float noise: a double has 16 digits, a few thousand sums cost four of them."""


class Closed(NamedTuple):
    """What a fill closed.

    Attributes:
        realized_pnl: Gained by it, before fees.
        trade_pnl: Gained by the whole trade, after its fees, if the position came to zero or crossed it.
    """

    realized_pnl: Decimal
    trade_pnl: Decimal | None


class Position:
    """Quantity and cost of one symbol; not safe to change from two threads.

    Attributes:
        quantity: Positive is long, negative short.
        cost: What the open quantity cost, signed like it.
        value: Quantity at the mark.
        mark_price: The last price that is known.
        marked: Whether the price came from the market rather than from a fill.
    """

    __slots__ = ("_trade_pnl", "cost", "mark_price", "marked", "quantity", "value")

    def __init__(self) -> None:
        self.quantity = ZERO
        self.cost = ZERO
        self.value = ZERO
        self.mark_price = ZERO
        self.marked = False
        self._trade_pnl = ZERO

    @property
    def unrealized_pnl(self) -> Decimal:
        """What closing at the mark would gain."""
        return self.value - self.cost

    def fill(self, quantity: Decimal, price: Decimal, fee: Decimal) -> Closed:
        """Apply a fill.

        Args:
            quantity: Positive bought, negative sold; not 0.
            price: Of one unit.
            fee: Paid for the whole fill.
        """
        closing = self._closing_part(quantity)
        if not closing:
            self._open(quantity, price, fee)
            return Closed(ZERO, None)
        fee_closing = fee * min(abs(closing / quantity), Decimal(1))
        realized = self._close(closing, price)
        self._trade_pnl += realized - fee_closing
        if self.quantity:
            return Closed(realized, None)
        trade_pnl, self._trade_pnl = self._trade_pnl, ZERO
        rest = quantity - closing
        if abs(rest) > abs(quantity) * DUST_RATIO:
            self._open(rest, price, fee - fee_closing)
        return Closed(realized, trade_pnl)

    def _closing_part(self, quantity: Decimal) -> Decimal:
        """Return the part of the fill that closes, signed like it; all of the position if only dust would stay."""
        if not self.quantity or (self.quantity > 0) == (quantity > 0):
            return ZERO
        rest = abs(self.quantity) - abs(quantity)
        return -self.quantity if rest <= abs(quantity) * DUST_RATIO else quantity

    def _open(self, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        self.quantity += quantity
        self.cost += quantity * price
        self._trade_pnl -= fee

    def _close(self, quantity: Decimal, price: Decimal) -> Decimal:
        whole = quantity == -self.quantity
        cost = self.cost if whole else self.cost * (-quantity / self.quantity)
        self.quantity = ZERO if whole else self.quantity + quantity
        self.cost = ZERO if whole else self.cost - cost
        return -quantity * price - cost
