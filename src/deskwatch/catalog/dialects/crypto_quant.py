"""The names of a crypto bot, its ML server and its Airflow: bare ``trading_``, ``ml_`` and ``pipeline_``."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.metric import Metric
from deskwatch.catalog.metrics import ml, orders, performance, pipeline, positions


def _named(name: str, source: Metric, *labels: str) -> Metric:
    return Metric(name, source.kind, source.help, labels, source.unit, source.buckets)


_ACTION: Final = {"action": "side"}
_DAG: Final = {"dag": "pipeline"}

ROWS: Final = (
    Row(_named("trading_orders_total", orders.ORDERS, "symbol", "action", "status"), orders.ORDERS, labels=_ACTION),
    Row(
        _named("trading_order_volume_{currency}_total", orders.ORDER_VOLUME, "symbol", "action"),
        orders.ORDER_VOLUME,
        labels=_ACTION,
    ),
    Row(_named("trading_open_positions_count", positions.POSITIONS_OPEN), positions.POSITIONS_OPEN),
    Row(
        _named("trading_position_value_{currency}", positions.POSITION_NOTIONAL, "symbol"), positions.POSITION_NOTIONAL
    ),
    Row(
        _named("trading_unrealized_pnl_{currency}", positions.POSITION_PNL_UNREALIZED, "symbol"),
        positions.POSITION_PNL_UNREALIZED,
    ),
    Row(_named("trading_total_pnl_{currency}", performance.PNL_REALIZED), performance.PNL_REALIZED),
    Row(_named("trading_win_rate", performance.WIN_RATIO), performance.WIN_RATIO),
    Row(_named("trading_order_latency_seconds", orders.ORDER_LATENCY), orders.ORDER_LATENCY),
    Row(_named("ml_predictions_total", ml.PREDICTIONS, "model"), ml.PREDICTIONS),
    Row(_named("ml_prediction_duration_seconds", ml.PREDICTION_DURATION, "model"), ml.PREDICTION_DURATION),
    Row(_named("ml_model_accuracy", ml.ACCURACY, "model"), ml.ACCURACY),
    Row(_named("ml_data_drift_score", ml.DRIFT_SCORE, "model"), ml.DRIFT_SCORE),
    Row(_named("ml_feature_freshness_seconds", ml.FEATURES_TIME, "feature_set"), ml.FEATURES_TIME),
    Row(_named("pipeline_dag_runs_total", pipeline.RUNS, "dag", "status"), pipeline.RUNS, labels=_DAG),
    Row(_named("pipeline_dag_duration_seconds", pipeline.RUN_DURATION, "dag"), pipeline.RUN_DURATION, labels=_DAG),
    Row(_named("pipeline_records_processed_total", pipeline.RECORDS, "dag"), pipeline.RECORDS, labels=_DAG),
    Row(_named("pipeline_errors_total", pipeline.ERRORS, "dag", "error_type"), pipeline.ERRORS, labels=_DAG),
)
