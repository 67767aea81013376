"""Celery: tasks as the workers run them, queues as the broker holds them."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

TASK_BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds: from a task that writes a row to a sync of an hour."""

TASKS: Final = Metric(
    "celery_tasks_total",
    "counter",
    "Runs of tasks, by how they ended: success, failure, retry, revoked, rejected, ignored.",
    ("task", "state"),
)
TASK_FAILURES: Final = Metric(
    "celery_task_failures_total",
    "counter",
    "Runs that failed, by the class of the exception; WorkerLostError when their process was killed.",
    ("task", "type"),
)
TASK_DURATION: Final = Metric(
    "celery_task_duration_seconds",
    "histogram",
    "Time that a run took, however it ended.",
    ("task",),
    unit="seconds",
    buckets=TASK_BUCKETS,
)
QUEUE_LENGTH: Final = Metric(
    "celery_queue_length", "gauge", "Messages that wait in the broker for a worker.", ("queue_name",)
)
ACTIVE_TASKS: Final = Metric("celery_active_tasks", "gauge", "Tasks that run now.", ("worker",))
WORKER_UP: Final = Metric("celery_worker_up", "gauge", "1 while the worker takes tasks.", ("worker",))
