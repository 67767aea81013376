"""Record batch jobs and DAGs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deskwatch.catalog.metrics import pipeline as catalog
from deskwatch.client import untrusted
from deskwatch.client.bound import Bound
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.registry import MAX_LABEL_SETS
from deskwatch.client.recorders.recorder import Recorder


class PipelineMetrics(Recorder):
    """Tells deskwatch how batch jobs and DAGs go. No call raises or waits after the declaration.

    Args:
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.

    Raises:
        ValueError: There is no such dialect, or another recorder of the registry speaks another one.
    """

    def __init__(
        self,
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry=registry, dialect=dialect, port=port, clock=clock, link=link)
        family = self._declares.family
        self._runs = family(catalog.RUNS)
        self._duration = family(catalog.RUN_DURATION)
        self._records = family(catalog.RECORDS)
        self._errors = family(catalog.ERRORS)
        self._last_success = family(catalog.LAST_SUCCESS)
        self._pipelines = Bound(lambda name: PipelineRecorder(self, name), MAX_LABEL_SETS, self._drops)

    def bind(self, pipeline: str) -> PipelineRecorder:
        """Return the recorder of one pipeline."""
        return self._pipelines.to(pipeline)

    def record_run(self, pipeline: str, status: str, duration_seconds: float | None = None) -> None:
        """Count a run.

        Args:
            pipeline: Names it.
            status: How it ended: ``success``, ``failed`` or another; case does not count.
            duration_seconds: How long it took.
        """
        text = (untrusted.text(status, untrusted.MAX_NAME_CHARS) or "").lower()
        if not text:
            self._drops.count(DropReason.LABELS)
            return
        self._runs.labels(pipeline, text).inc()
        if text == "success":
            self._last_success.labels(pipeline).set(self._clock())
        if duration_seconds is not None:
            self._duration.labels(pipeline).observe(duration_seconds)

    def record_records(self, pipeline: str, count: float) -> None:
        """Count records that were processed."""
        self._records.labels(pipeline).inc(count)

    def record_error(self, pipeline: str, error_type: str) -> None:
        """Count an error by its type, such as ``timeout``; keep the types few."""
        self._errors.labels(pipeline, error_type).inc()


class PipelineRecorder:
    """Records one pipeline; no call raises or waits.

    Args:
        metrics: Where to record.
        pipeline: The label ``pipeline``.
    """

    def __init__(self, metrics: PipelineMetrics, pipeline: str) -> None:
        self._metrics = metrics
        self._pipeline = pipeline

    def record_run(self, status: str, duration_seconds: float | None = None) -> None:
        """Count a run; see ``PipelineMetrics.record_run``."""
        self._metrics.record_run(self._pipeline, status, duration_seconds)

    def record_records(self, count: float) -> None:
        """Count records that were processed."""
        self._metrics.record_records(self._pipeline, count)

    def record_error(self, error_type: str) -> None:
        """Count an error by its type."""
        self._metrics.record_error(self._pipeline, error_type)

    @contextmanager
    def run(self) -> Iterator[None]:
        """Record the block, or the function that this decorates, as one run: how it ended and how long it took.

        What the block raises goes on to the caller; its class is the type of the error.
        """
        began = time.perf_counter()
        try:
            yield
        except BaseException as error:
            self.record_error(type(error).__name__)
            self.record_run("failed", time.perf_counter() - began)
            raise
        self.record_run("success", time.perf_counter() - began)
