"""Name a contract of Interactive Brokers, and say how many units one of it is.

Way:     ib_async's ``Contract`` → [contracts] → the label ``symbol``, units.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.metrics import DropReason, Drops

SymbolOf = Callable[[Any], str]

COMBO: Final = "BAG"
"""The security type of a combination of legs."""

_ONE: Final = Decimal(1)


def symbol_of(contract: Any) -> str:  # noqa: ANN401  (ib_async has no types that mypy could check)
    """Return the name by default: ``AAPL``, ``EUR.USD``, of futures and options the local symbol such as ``ESZ6``."""
    if contract.secType == "CASH":
        return f"{contract.symbol}.{contract.currency}"
    if contract.secType in ("STK", "IND", "CRYPTO", "CFD", COMBO):
        return str(contract.symbol)
    return " ".join(contract.localSymbol.split()) or str(contract.symbol)


class Contracts:
    """Reads contracts.

    Args:
        symbol_of: Names one; what it cannot name gets the name by default, and is counted.
        drops: Counts that.
    """

    def __init__(self, symbol_of: SymbolOf, drops: Drops) -> None:
        self._symbol_of = symbol_of
        self._drops = drops

    def symbol(self, contract: Any) -> str:  # noqa: ANN401  (as above)
        """Return the label ``symbol``."""
        try:
            name = untrusted.text(self._symbol_of(contract), untrusted.MAX_NAME_CHARS)
        except Exception:  # noqa: BLE001  (the bot's own function; a fill must not be lost by it)
            name = None
        if name:
            return name
        self._drops.count(DropReason.CALLBACK)
        return symbol_of(contract)

    def units(self, contract: Any, quantity: object) -> Decimal | None:  # noqa: ANN401  (as above)
        """Return so many contracts in units of what the price is for: times the multiplier."""
        amount = untrusted.money(quantity)
        return None if amount is None else amount * _multiplier(contract)

    def unit_cost(self, contract: Any, cost: object) -> Decimal | None:  # noqa: ANN401  (as above)
        """Return the cost of one unit; Interactive Brokers tells that of one contract."""
        amount = untrusted.money(cost)
        return None if amount is None else amount / _multiplier(contract)


def _multiplier(contract: Any) -> Decimal:  # noqa: ANN401  (as above)
    multiplier = untrusted.money(contract.multiplier) if contract.multiplier else None
    return multiplier if multiplier is not None and multiplier > 0 else _ONE
