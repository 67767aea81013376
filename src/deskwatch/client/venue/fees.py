"""A fee in the money of the fill."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal


def fee_in_money(
    cost: Decimal, currency: str | None, *, money: Collection[str | None], base: str | None, price: Decimal
) -> Decimal | None:
    """Return the fee in the money that the price is in; ``None`` if it is in some other currency.

    Args:
        cost: What was charged; negative is a rebate.
        currency: What it was charged in; ``None`` where the venue does not say, and then it is taken for the money.
        money: What the price is in, by all its names.
        base: What was traded: of a fee in it the price says the worth.
        price: Of one unit.
    """
    if not cost or currency is None or currency in money:
        return cost
    return cost * price if currency == base else None
