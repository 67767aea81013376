"""A database as the application sees it; what the server itself tells comes from its exporter."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_DATABASE: Final = ("database",)

QUERY_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from an index look-up over loopback; with 1 s, where SlowDatabaseQueries draws its line for p95."""

QUERY_DURATION: Final = Metric(
    "database_query_duration_seconds",
    "histogram",
    "From sending a statement to its answer; operation is select, insert, update, delete or other.",
    ("database", "operation"),
    unit="seconds",
    buckets=QUERY_BUCKETS,
)
ERRORS: Final = Metric(
    "database_errors_total",
    "counter",
    "Statements and connections that failed, by the driver's class of error.",
    ("database", "type"),
)
TRANSACTIONS: Final = Metric(
    "database_transactions_total", "counter", "Transactions that ended, by commit or rollback.", ("database", "outcome")
)
CONNECTIONS_ACTIVE: Final = Metric(
    "database_connections_active", "gauge", "Connections of the pool that are in use.", _DATABASE
)
CONNECTIONS_IDLE: Final = Metric(
    "database_connections_idle", "gauge", "Connections of the pool that are open and not in use.", _DATABASE
)
CONNECTIONS_MAX: Final = Metric(
    "database_connections_max", "gauge", "Connections that the pool may have, with its overflow.", _DATABASE
)
