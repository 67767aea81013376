"""The names of a single bot with a model: ``trading_bot_``, no labels.

Where the system's own file leaves the unit open: CPU, memory and disk are percent, because its panel goes from 0 to
100; every other share is a ratio from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.metric import Kind, Metric
from deskwatch.catalog.metrics import bot, broker, data, fills, market, ml, orders, performance, positions, risk

_PERCENT: Final = 100.0


def _row(
    name: str,
    source: Metric,
    where: Mapping[str, str | tuple[str, ...]] | None = None,
    *,
    kind: Kind | None = None,
    unit: str = "",
    factor: float = 1.0,
) -> Row:
    target = Metric(
        f"trading_bot_{name}", kind or source.kind, source.help, unit=unit or source.unit, buckets=source.buckets
    )
    return Row(target, source, where or {}, factor=factor)


_TRADING: Final = (
    _row("total_trades", performance.TRADES, kind="gauge"),  # by its name no counter; it only goes up all the same
    _row("winning_trades", performance.TRADES, {"result": "win"}, kind="gauge"),
    _row("losing_trades", performance.TRADES, {"result": "loss"}, kind="gauge"),
    _row("trades_total", performance.TRADES),
    _row("win_rate", performance.WIN_RATIO),
    _row("profit_loss", performance.PNL_NET),
    _row("max_drawdown", risk.DRAWDOWN_MAX),
    _row("sharpe_ratio", performance.SHARPE, {"window": "30d"}),
    _row("trades_per_hour", performance.TRADES_PER_HOUR),
    _row("last_trade_time", fills.LAST_FILL),
    _row("active_positions", positions.POSITIONS_OPEN),
    _row("pending_orders", orders.ORDERS_PENDING),
    _row("current_exposure", risk.EXPOSURE_GROSS),
    _row("risk_utilization", risk.RISK_UTILIZATION),
    _row("var_95", risk.VAR_95),
    _row("expected_shortfall", risk.CVAR_95),
    _row("cpu_usage", bot.CPU, unit="percent", factor=_PERCENT),
    _row("memory_usage", bot.MEMORY_RATIO, unit="percent", factor=_PERCENT),
    _row("disk_usage", bot.DISK_RATIO, unit="percent", factor=_PERCENT),
    _row("network_latency", bot.NETWORK_LATENCY, unit="milliseconds", factor=1000.0),
    _row("api_calls_per_minute", broker.API_RATE, unit="1 a minute", factor=60.0),
    _row("error_rate", bot.ERROR_RATIO),
    _row("uptime", bot.UPTIME),
    _row("response_time", bot.RESPONSE),
)
_MODEL: Final = (
    _row("model_accuracy", ml.ACCURACY),
    _row("model_precision", ml.PRECISION),
    _row("model_recall", ml.RECALL),
    _row("model_f1_score", ml.F1),
    _row("model_auc", ml.AUC),
    _row("prediction_confidence", ml.CONFIDENCE),
    _row("prediction_uncertainty", ml.UNCERTAINTY),
    _row("last_prediction_time", ml.LAST_PREDICTION),
    _row("predictions_per_hour", ml.PREDICTION_RATE),
    _row("model_drift_detected", ml.DRIFT_DETECTED),
    _row("drift_score", ml.DRIFT_SCORE),
    _row("last_retraining", ml.LAST_TRAINING),
    _row("retraining_frequency", ml.TRAINING_RATE),
    _row("data_quality_score", data.QUALITY),
    _row("missing_data_rate", data.MISSING),
    _row("outlier_rate", data.OUTLIERS),
    _row("data_freshness", data.STALENESS),
)
_MARKET: Final = (
    _row("market_volatility", market.VOLATILITY),
    _row("market_trend", market.TREND),
    _row("market_regime", market.REGIME),
    _row("liquidity_score", market.LIQUIDITY),
    _row("price_change_1h", market.PRICE_CHANGE, {"window": "1h"}),
    _row("price_change_24h", market.PRICE_CHANGE, {"window": "24h"}),
    _row("volume_24h", market.VOLUME, {"window": "24h"}),
    _row("volume_change_24h", market.VOLUME_CHANGE, {"window": "24h"}),
    _row("rsi", market.INDICATOR, {"indicator": "rsi"}),
    _row("macd", market.INDICATOR, {"indicator": "macd"}),
    _row("bollinger_position", market.INDICATOR, {"indicator": "bollinger_position"}),
    _row("support_resistance_strength", market.INDICATOR, {"indicator": "support_resistance_strength"}),
)
ROWS: Final = (*_TRADING, *_MODEL, *_MARKET)
