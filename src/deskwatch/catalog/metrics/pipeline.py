"""Batch jobs and DAGs."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

RUN_BUCKETS: Final = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0)
"""Seconds: from a small job to one of a night."""

RUNS: Final = Metric("pipeline_runs_total", "counter", "Runs, by how they ended.", ("pipeline", "status"))
RUN_DURATION: Final = Metric(
    "pipeline_run_duration_seconds",
    "histogram",
    "Time that a run took.",
    ("pipeline",),
    unit="seconds",
    buckets=RUN_BUCKETS,
)
RECORDS: Final = Metric("pipeline_records_total", "counter", "Records that were processed.", ("pipeline",))
ERRORS: Final = Metric("pipeline_errors_total", "counter", "Errors, by type.", ("pipeline", "error_type"))
LAST_SUCCESS: Final = Metric(
    "pipeline_last_success_timestamp_seconds",
    "gauge",
    "Wall time of the last run that succeeded.",
    ("pipeline",),
    unit="Unix seconds",
)
