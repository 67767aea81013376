"""Amounts of a venue in the terms of the ledger: units instead of contracts, a fee in money that the ledger knows.

Way:     integrations → [amounts] → TradingMetrics.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final, NamedTuple

from deskwatch.client import untrusted
from deskwatch.client.trading import Ledger

_ONE: Final = Decimal(1)


class Fee(NamedTuple):
    """A fee as ``record_fill`` takes it.

    Attributes:
        amount: Negative is a rebate.
        currency: What it is in; ``None`` for the money of the price.
    """

    amount: Decimal
    currency: str | None = None


NO_FEE: Final = Fee(Decimal(0))


def units_of(ledger: Ledger, symbol: str, quantity: object, size: object) -> Decimal | None:
    """Return a quantity as the ledger counts it: in units of what is traded, of a declared contract in contracts.

    Args:
        ledger: Knows the instruments that were declared (``Instrument``).
        symbol: Of the ledger.
        quantity: In the venue's contracts.
        size: How much a contract holds; ``None`` for one unit, and for an inverse contract, which stays as it is.
    """
    amount, holds = untrusted.money(quantity), untrusted.money(size)
    instrument = ledger.instrument(symbol)
    if amount is None or not holds or instrument.inverse or instrument.multiplier != _ONE:
        return amount
    return amount * holds


def fee_of(
    ledger: Ledger,
    cost: Decimal,
    currency: str | None,
    *,
    money: Collection[str | None],
    base: str | None,
    price: Decimal,
) -> Fee | None:
    """Return the fee in money that the ledger can count; ``None`` if it is in a currency that it has no rate of.

    A fee in such a currency would leave the equity unknown, for which a guard trips.

    Args:
        ledger: Knows the rates.
        cost: What was charged; negative is a rebate.
        currency: What it was charged in; ``None`` where the venue does not say, and then it is taken for the money.
        money: What the price is in, by all its names.
        base: What was traded: of a fee in it the price says the worth.
        price: Of one unit.
    """
    if not cost or currency is None or currency in money:
        return Fee(cost)
    if currency == base:
        return Fee(cost * price)
    purse = ledger.purses.get(currency)
    rated = currency == ledger.currency or (purse is not None and purse.rate is not None)
    return Fee(cost, currency) if rated else None
