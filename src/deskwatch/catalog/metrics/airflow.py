"""Tasks of Airflow; the runs of its DAGs are in ``pipeline``."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

TASK_RUNS: Final = Metric(
    "pipeline_task_runs_total",
    "counter",
    "Runs of tasks, by how they ended: success, failed, retry or skipped.",
    ("pipeline", "task", "status"),
)
