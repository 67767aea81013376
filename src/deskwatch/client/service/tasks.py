"""Tasks that workers run, the queues in which they wait, and the workers.

Way:     Celery's signals and its broker, or a call by hand → [tasks] → the families ``celery_*``.
"""

from __future__ import annotations

from deskwatch.catalog.metrics import celery as catalog
from deskwatch.client.metrics import Counter, Gauge, Registry
from deskwatch.client.metrics.family import Family
from deskwatch.client.metrics.histogram import Histogram
from deskwatch.client.service.by_labels import ByLabels

SUCCESS = "success"
FAILURE = "failure"


class TaskRecorder:
    """One task, with its label bound."""

    __slots__ = ("_by_state", "_failures", "_seconds")

    def __init__(self, tasks: Tasks, task: str) -> None:
        self._by_state: ByLabels[Counter] = ByLabels(lambda state: tasks.ended.labels(task, state), tasks.drops)
        self._failures: ByLabels[Counter] = ByLabels(lambda kind: tasks.failures.labels(task, kind), tasks.drops)
        self._seconds: ByLabels[Histogram] = ByLabels(lambda: tasks.duration.labels(task), tasks.drops)

    def record(self, state: str, seconds: float | None = None, error_type: str | None = None) -> None:
        """Record a run that ended.

        Args:
            state: ``success``, ``failure``, ``retry``, ``revoked``, ``rejected`` or ``ignored``.
            seconds: How long it ran; ``None`` when nobody knows, such as when its process was killed.
            error_type: The class of the exception, if it failed.
        """
        self._by_state.get(state).inc()
        if seconds is not None:
            self._seconds.get().observe(seconds)
        if error_type is not None:
            self._failures.get(error_type).inc()

    def record_failure_type(self, error_type: str) -> None:
        """Count the class of an exception whose run is recorded elsewhere."""
        self._failures.get(error_type).inc()


class Tasks:
    """The tasks, queues and workers of a service, in one registry."""

    def __init__(self, registry: Registry) -> None:
        self.drops = registry.drops
        self.ended: Family[Counter] = registry.family(catalog.TASKS)
        self.failures: Family[Counter] = registry.family(catalog.TASK_FAILURES)
        self.duration: Family[Histogram] = registry.family(catalog.TASK_DURATION)
        self._queue_length: Family[Gauge] = registry.family(catalog.QUEUE_LENGTH)
        self._active: Family[Gauge] = registry.family(catalog.ACTIVE_TASKS)
        self._up: Family[Gauge] = registry.family(catalog.WORKER_UP)
        self._tasks = ByLabels(lambda task: TaskRecorder(self, task), registry.drops)

    def bind(self, task: str) -> TaskRecorder:
        """Return the recorder of one task."""
        return self._tasks.get(task)

    def record_queue_length(self, queue_name: str, messages: float) -> None:
        """Say how many messages wait in a queue."""
        self._queue_length.labels(queue_name).set(messages)

    def record_active(self, worker: str, tasks: float) -> None:
        """Say how many tasks a worker runs now."""
        self._active.labels(worker).set(tasks)

    def record_worker(self, worker: str, *, up: bool) -> None:
        """Say whether a worker takes tasks."""
        self._up.labels(worker).set(1.0 if up else 0.0)
