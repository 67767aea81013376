"""Functions and blocks that are watched by ``@monitored`` and ``with monitored(...)``."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

CALLS: Final = Metric(
    "function_calls_total",
    "counter",
    "Calls that have ended, by outcome: ok, error, or cancelled from outside.",
    ("function", "outcome"),
)
ERRORS: Final = Metric(
    "function_errors_total",
    "counter",
    "Exceptions, by class; from the 21st class on as other.",
    ("function", "error_type"),
)
DURATION: Final = Metric(
    "function_duration_seconds",
    "histogram",
    "Time from call to end, whatever the end was.",
    ("function",),
    unit="seconds",
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
IN_PROGRESS: Final = Metric("function_in_progress", "gauge", "Calls that have begun and not ended.", ("function",))
