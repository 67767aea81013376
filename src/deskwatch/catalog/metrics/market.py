"""The market as the bot sees it; ``symbol`` is ``market`` for what holds for all of it."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_SYMBOL: Final = ("symbol",)
_WINDOW: Final = ("symbol", "window")

MARKET_TIME: Final = Metric(
    "trading_market_time_seconds", "gauge", "Time of the newest market data.", ("strategy",), unit="Unix seconds"
)
TICKS: Final = Metric("market_ticks_total", "counter", "Ticks that came.", _SYMBOL)
VOLATILITY: Final = Metric(
    "market_volatility_ratio", "gauge", "Deviation of the returns, as the bot measures it.", _SYMBOL, unit="ratio"
)
TREND: Final = Metric("market_trend", "gauge", "Above 0 up, below 0 down, as the bot measures it.", _SYMBOL)
REGIME: Final = Metric("market_regime", "gauge", "0 calm, 1 normal, 2 storm.", _SYMBOL)
LIQUIDITY: Final = Metric("market_liquidity_ratio", "gauge", "The bot's own score of liquidity.", _SYMBOL, unit="ratio")
PRICE_CHANGE: Final = Metric(
    "market_price_change_ratio", "gauge", "Change of the price in the window.", _WINDOW, unit="ratio"
)
VOLUME: Final = Metric("market_volume", "gauge", "Traded in the window.", _WINDOW, unit="as the venue counts it")
VOLUME_CHANGE: Final = Metric(
    "market_volume_change_ratio", "gauge", "Change of the volume in the window.", _WINDOW, unit="ratio"
)
INDICATOR: Final = Metric(
    "market_indicator",
    "gauge",
    "An indicator: rsi, macd, bollinger_position, support_resistance_strength, others.",
    ("symbol", "indicator"),
)
