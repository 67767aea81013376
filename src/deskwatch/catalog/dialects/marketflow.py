"""The bare names of an ingestor, a strategy engine, an order executor and a risk manager on Kubernetes.

``python_gc_objects_collected_total`` is prometheus-client's own and is on the same endpoint without a row.
"""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.metric import Metric
from deskwatch.catalog.metrics import ingestion, orders, performance, positions, risk, signals


def _named(name: str, source: Metric, *labels: str, unit: str = "") -> Metric:
    return Metric(name, source.kind, source.help, labels, unit or source.unit, source.buckets)


ROWS: Final = (
    Row(_named("ingestor_messages_total", ingestion.MESSAGES), ingestion.MESSAGES),
    Row(_named("signals_total", signals.SIGNALS, "signal", "symbol"), signals.SIGNALS),
    Row(_named("active_signals", signals.SIGNALS_ACTIVE, "symbol"), signals.SIGNALS_ACTIVE),
    Row(_named("buy_orders_total", orders.ORDERS, "symbol"), orders.ORDERS, where={"side": "BUY", "status": "filled"}),
    Row(
        _named("sell_orders_total", orders.ORDERS, "symbol"), orders.ORDERS, where={"side": "SELL", "status": "filled"}
    ),
    Row(_named("order_errors_total", orders.ORDER_ERRORS, "error_type"), orders.ORDER_ERRORS),
    Row(_named("active_positions", positions.POSITIONS_OPEN), positions.POSITIONS_OPEN),
    Row(_named("portfolio_equity", performance.EQUITY), performance.EQUITY),
    Row(_named("portfolio_drawdown", risk.DRAWDOWN), risk.DRAWDOWN),
    Row(_named("portfolio_var_95", risk.VAR_95), risk.VAR_95),
    Row(_named("profit_percent", performance.PNL_RATIO, "period", unit="percent"), performance.PNL_RATIO, factor=100.0),
)
