"""Orders: what became of them, how long they took, how much money was in them."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds, from a colocated venue to a slow retail broker; prometheus-client's steps, begun at 1 ms."""

ORDERS: Final = Metric(
    "trading_orders_total",
    "counter",
    "Orders, by what became of them.",
    ("strategy", "symbol", "side", "status"),
)
ORDER_VOLUME: Final = Metric(
    "trading_order_volume_total",
    "counter",
    "Money of the orders that were recorded with an amount.",
    ("strategy", "symbol", "side", "currency"),
    unit="the strategy's currency",
)
ORDER_LATENCY: Final = Metric(
    "trading_order_latency_seconds",
    "histogram",
    "From sending an order to its answer.",
    ("strategy",),
    unit="seconds",
    buckets=LATENCY_BUCKETS,
)
ORDER_STAGE_LATENCY: Final = Metric(
    "trading_order_stage_latency_seconds",
    "histogram",
    "Stages of an order: intent_to_ack from the decision to the venue's answer, placement the sending call, fill from"
    " sending to the fill.",
    ("strategy", "stage"),
    unit="seconds",
    buckets=LATENCY_BUCKETS,
)
ORDER_ERRORS: Final = Metric(
    "trading_order_errors_total", "counter", "Orders that failed, by why.", ("strategy", "error_type")
)
ORDERS_PENDING: Final = Metric("trading_orders_pending", "gauge", "Orders that wait for a fill.", ("strategy",))
