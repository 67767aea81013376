"""Requests that a service answers."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

REQUEST_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; with 2 s, where stock_tracker's HighLatency draws its line for p95."""

REQUESTS: Final = Metric(
    "http_requests_total",
    "counter",
    "Requests that were answered; endpoint is the route's template, never a path.",
    ("method", "endpoint", "status"),
)
REQUEST_DURATION: Final = Metric(
    "http_request_duration_seconds",
    "histogram",
    "From a request's arrival to the last byte of its answer; background tasks come after it.",
    ("method", "endpoint"),
    unit="seconds",
    buckets=REQUEST_BUCKETS,
)
REQUESTS_IN_PROGRESS: Final = Metric(
    "http_requests_in_progress", "gauge", "Requests that wait for their answer.", ("method", "endpoint")
)
ERRORS: Final = Metric(
    "http_errors_total",
    "counter",
    "Requests that failed; type is client_error (4xx), server_error (5xx) or the class of the exception that escaped.",
    ("method", "endpoint", "type"),
)
