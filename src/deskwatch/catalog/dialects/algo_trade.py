"""The names of an equity algo on Interactive Brokers: ``algo_trade_``, milliseconds, percent and megabytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.metric import Kind, Metric
from deskwatch.catalog.metrics import (
    bot,
    broker,
    data,
    ingestion,
    market,
    orders,
    performance,
    positions,
    risk,
    signals,
)

MILLISECONDS: Final = 1000.0
PERCENT: Final = 100.0
BYTES_PER_MB: Final = 1_000_000.0  # SI: mega is a million; MiB would be 2**20

LATENCY_BUCKETS_MS: Final = (1, 2.5, 5, 10, 25, 50, 75, 100, 150, 200, 250, 500, 1000, 2500, 5000, 10_000)
"""With 200, the threshold of the system's own alert HighOrderLatency."""

DECISION_BUCKETS_MS: Final = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)


def _row(
    name: str,
    source: Metric,
    *,
    labels: tuple[str, ...] = (),
    where: Mapping[str, str | tuple[str, ...]] | None = None,
    kind: Kind | None = None,
    unit: str = "",
    buckets: tuple[float, ...] = (),
    factor: float = 1.0,
    per: float = 1.0,
) -> Row:
    target = Metric(f"algo_trade_{name}", kind or source.kind, source.help, labels, unit or source.unit, buckets)
    return Row(target, source, where or {}, factor=factor, per=per)


def _latency(name: str, stage: str) -> Row:
    return _row(
        name,
        orders.ORDER_STAGE_LATENCY,
        where={"stage": stage},
        unit="milliseconds",
        buckets=LATENCY_BUCKETS_MS,
        factor=MILLISECONDS,
    )


def _decision(name: str, source: Metric) -> Row:
    return _row(name, source, unit="milliseconds", buckets=DECISION_BUCKETS_MS, factor=MILLISECONDS)


def _orders(name: str, *statuses: str) -> Row:
    return _row(name, orders.ORDERS, where={"status": statuses})


ROWS: Final = (
    _latency("intent_to_ack_latency_ms", "intent_to_ack"),
    _latency("order_placement_latency_ms", "placement"),
    _latency("order_fill_latency_ms", "fill"),
    _decision("signal_generation_latency_ms", signals.SIGNAL_GENERATION),
    _decision("portfolio_optimization_latency_ms", signals.OPTIMIZATION),
    _row("pnl_cumulative", performance.PNL_RATIO, where={"period": "total"}),
    _row("pnl_daily", performance.PNL_RATIO, where={"period": "day"}),
    _row("sharpe_ratio_rolling_30d", performance.SHARPE, where={"window": "30d"}),
    _row("sharpe_ratio_rolling_90d", performance.SHARPE, where={"window": "90d"}),
    _row("max_drawdown_current", risk.DRAWDOWN),
    _row("max_drawdown_historical", risk.DRAWDOWN_MAX),
    _row("win_rate", performance.WIN_RATIO),
    _row("profit_factor", performance.PROFIT_FACTOR),
    _row("gross_exposure", risk.EXPOSURE_GROSS),
    _row("net_exposure", risk.EXPOSURE_NET),
    _row("portfolio_volatility", risk.VOLATILITY),
    _row("portfolio_beta", risk.BETA),
    _row("largest_position_pct", risk.LARGEST_POSITION),  # a ratio of the equity, whatever its name says
    _row("var_95", risk.VAR_95),
    _row("cvar_95", risk.CVAR_95),
    _row("kill_switch_pnl_active", risk.KILL_SWITCH, where={"switch": "pnl"}),
    _row("kill_switch_psr_active", risk.KILL_SWITCH, where={"switch": "psr"}),
    _row("kill_switch_drawdown_active", risk.KILL_SWITCH, where={"switch": "drawdown"}),
    _row("market_regime", market.REGIME),
    _orders("orders_submitted_total", "sent", "submitted"),
    _orders("orders_filled_total", "filled"),
    _orders("orders_cancelled_total", "cancelled", "canceled"),
    _orders("orders_rejected_total", "rejected"),
    _row("errors_total", bot.ERRORS, labels=("error_type",)),
    _row("ibkr_connection_errors_total", broker.CONNECTION_ERRORS),
    _row("data_quality_errors_total", data.QUALITY_ERRORS, labels=("error_type",)),
    _row("optimization_failures_total", signals.OPTIMIZATION_FAILURES),
    _row("cpu_usage_percent", bot.CPU, unit="percent", factor=PERCENT),
    _row("memory_usage_mb", bot.MEMORY, unit="megabytes", per=BYTES_PER_MB),
    _row("throughput_msg_per_sec", ingestion.MESSAGE_RATE),
    _row("active_positions", positions.POSITIONS_OPEN),
    _row("connected_clients", bot.CONNECTED_CLIENTS),
    _row("data_completeness", data.COMPLETENESS),
    _row("data_staleness_seconds", data.STALENESS),
    _row("missing_ticks_total", data.MISSING_TICKS),
    _row("data_gaps_total", data.GAPS),
    _row("ibkr_pacing_violations_total", broker.PACING_VIOLATIONS),
    _row("ibkr_reconnections_total", broker.RECONNECTIONS),
    _row("ibkr_api_rate", broker.API_RATE, unit="requests a second"),
)
