"""What a symbol is worth: its currency, its multiplier, and whether its price is that of the money in it.

Way:     declared once, at the start → [instrument] → position, ledger.
Source:  inverse contracts: https://www.bitmex.com/app/inversePerpetualsGuide
         and https://www.binance.com/en/support/faq/detail/85eac2bba0b342819122dc9bd4745e9b
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.naming import checked_name
from deskwatch.client.untrusted import Amount

MONEY: Final = Context(prec=60, traps=[])
"""60 digits hold the exact product of two amounts of 30 (untrusted.MAX_MONEY_EXPONENT)."""

QUOTIENT: Final = Decimal("1e-30")
"""What has no end as a decimal number is rounded once, to 30 digits after the point; a satoshi has 8, a wei 18."""

MAX_CURRENCY_CHARS: Final = 20
"""ISO 4217 has three letters; coins such as 1000000BABYDOGE have more."""

_WIDE: Final = Context(prec=200, traps=[])  # of the largest amounts too, 30 digits after the point are kept
_ONE: Final = Decimal(1)


def rounded(amount: Decimal) -> Decimal:
    """Return the amount to 30 digits after the point."""
    short = amount.quantize(QUOTIENT, context=_WIDE)
    return amount if amount == short else short  # without thirty zeros where there is nothing to round


@dataclass(frozen=True, slots=True)
class Instrument:
    """What one symbol is; what is not declared is in the account's currency, a unit a unit.

    A *linear* contract is worth ``quantity x multiplier x price`` in its currency: shares, spot, most futures. An
    *inverse* one (coin-margined) is worth ``quantity x multiplier / price`` in its currency, which is the coin: the
    price says what the coin costs, the multiplier what a contract is in that money (1 USD at BitMEX, 100 USD for BTC at
    Binance). Long, it gains ``quantity x multiplier x (1 / entry - 1 / exit)`` coins.

    Args:
        symbol: Its name (FIX tag 55).
        currency: What its P&L is in (FIX tag 15), such as ``EUR``, or ``BTC`` of an inverse contract; by default the
            account's.
        multiplier: What a unit holds (FIX tag 231): 50 of an E-mini S&P 500, 100 of an option on shares.
        inverse: Whether it is an inverse contract.

    Raises:
        ValueError: A name is empty or too long, or the multiplier is no amount above 0.
    """

    symbol: str
    currency: str | None = None
    multiplier: Decimal = _ONE
    inverse: bool = False

    def __init__(
        self, symbol: str, currency: str | None = None, *, multiplier: Amount = _ONE, inverse: bool = False
    ) -> None:
        amount = untrusted.money(multiplier)
        if amount is None or amount <= 0:
            raise ValueError(f"multiplier of {symbol!r} must be an amount above 0, was {multiplier!r}")
        object.__setattr__(self, "symbol", checked_name("symbol", symbol))
        object.__setattr__(self, "currency", None if currency is None else checked_currency(currency))
        object.__setattr__(self, "multiplier", amount)
        object.__setattr__(self, "inverse", bool(inverse))

    def value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what so many units are worth at this price, in the currency; call it in the context ``MONEY``."""
        if self.inverse:
            return rounded(quantity * self.multiplier / price)
        return quantity * self.multiplier * price

    def priced(self, price: Decimal) -> bool:
        """Say whether this can be its price: an inverse contract has none at 0 or below, a barrel of oil has."""
        return not self.inverse or price > 0


def checked_currency(currency: object) -> str:
    """Return the currency if that can be its name.

    Raises:
        ValueError: It cannot.
    """
    return checked_name("currency", currency, MAX_CURRENCY_CHARS)
