"""Positions, a series a symbol."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_SYMBOL: Final = ("strategy", "symbol")
_SYMBOL_MONEY: Final = ("strategy", "symbol", "currency")
_CURRENCY: Final = "the strategy's currency"

POSITION_QUANTITY: Final = Metric(
    "trading_position_quantity", "gauge", "Units held, negative when short.", _SYMBOL, unit="units"
)
POSITION_NOTIONAL: Final = Metric(
    "trading_position_notional", "gauge", "Position at its mark.", _SYMBOL_MONEY, unit=_CURRENCY
)
POSITION_PNL_UNREALIZED: Final = Metric(
    "trading_position_pnl_unrealized", "gauge", "What closing it at the mark would gain.", _SYMBOL_MONEY, unit=_CURRENCY
)
MARK_PRICE: Final = Metric("trading_mark_price", "gauge", "The newest price.", _SYMBOL, unit="money of one unit")
POSITIONS_OPEN: Final = Metric("trading_positions_open", "gauge", "Symbols whose position is not 0.", ("strategy",))
