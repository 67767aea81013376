"""Fills, and what they cost."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_MONEY: Final = ("strategy", "currency")
_CURRENCY: Final = "the strategy's currency"

FILLS: Final = Metric("trading_fills_total", "counter", "Fills.", ("strategy", "symbol", "side"))
FEES: Final = Metric("trading_fees_total", "counter", "Fees paid; rebates are not subtracted.", _MONEY, unit=_CURRENCY)
TURNOVER: Final = Metric(
    "trading_turnover_total", "counter", "Quantity times price of all fills.", _MONEY, unit=_CURRENCY
)
LAST_FILL: Final = Metric(
    "trading_last_fill_timestamp_seconds", "gauge", "Wall time of the last fill.", ("strategy",), unit="Unix seconds"
)
SLIPPAGE: Final = Metric(
    "trading_slippage_ratio",
    "gauge",
    "Fills of the last day worse than the mark before them.",
    ("strategy",),
    unit="ratio",
)
