"""Other currencies than the account's, and what holding positions paid."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_MONEY: Final = ("strategy", "currency")

PNL_FUNDING: Final = Metric(
    "trading_pnl_funding",
    "gauge",
    "Funding received, less what was paid.",
    _MONEY,
    unit="the strategy's currency",
)
RATE: Final = Metric(
    "trading_rate",
    "gauge",
    "What one of the currency is worth in the account's.",
    _MONEY,
    unit="the strategy's currency",
)
RATE_TIME: Final = Metric(
    "trading_rate_timestamp_seconds", "gauge", "Time of the newest rate of the currency.", _MONEY, unit="Unix seconds"
)
RATES_MISSING: Final = Metric(
    "trading_rates_missing",
    "gauge",
    "Currencies that are used and have no rate; the equity is unknown.",
    ("strategy",),
)
