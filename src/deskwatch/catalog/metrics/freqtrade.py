"""What freqtrade says of itself, beside what follows from its fills."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_STRATEGY: Final = ("strategy",)
_MONEY: Final = ("strategy", "currency")

LAST_PROCESS: Final = Metric(
    "freqtrade_last_process_timestamp_seconds",
    "gauge",
    "When freqtrade's loop last ran, by its own word.",
    _STRATEGY,
    unit="Unix seconds",
)
TRADES_OPEN: Final = Metric("freqtrade_trades_open", "gauge", "Trades that are open.", _STRATEGY)
TRADES_MAX: Final = Metric("freqtrade_trades_max", "gauge", "Trades that may be open, -1 without limit.", _STRATEGY)
PROFIT_CLOSED: Final = Metric(
    "freqtrade_profit_closed", "gauge", "Gained by closed trades, by its own count.", _MONEY, unit="the stake currency"
)
PROFIT_ALL: Final = Metric(
    "freqtrade_profit_all", "gauge", "The same, with the open trades.", _MONEY, unit="the stake currency"
)
PAIR_PROFIT: Final = Metric(
    "freqtrade_pair_profit",
    "gauge",
    "Gained by the closed trades of a pair.",
    ("strategy", "symbol", "currency"),
    unit="the stake currency",
)
