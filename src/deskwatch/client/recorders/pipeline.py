"""Record batch jobs and DAGs."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from deskwatch.catalog.metrics import pipeline as catalog
from deskwatch.client import untrusted
from deskwatch.client.bound import Bound
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.registry import MAX_LABEL_SETS
from deskwatch.client.recorders.recorder import Recorder
from deskwatch.client.timing import FunctionT, is_async, refuse_generators


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

    def run(self) -> PipelineRun:
        """Return what records a block or a function as one run: how it ended and how long it took."""
        return PipelineRun(self)


class PipelineRun:
    """Goes around a block (``with``) or a plain or async function (``@``); what that raises goes on to the caller.

    The class of what is raised is the type of the error. For a block make a new one each time.

    Args:
        recorder: Where the run is recorded.
    """

    __slots__ = ("_began", "_recorder")

    def __init__(self, recorder: PipelineRecorder) -> None:
        self._recorder = recorder
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        seconds = time.perf_counter() - self._began
        if kind is not None:
            self._recorder.record_error(kind.__name__)
        self._recorder.record_run("success" if kind is None else "failed", seconds)

    def __call__(self, function: FunctionT) -> FunctionT:
        """Decorate a function.

        Raises:
            TypeError: It is a generator, or no function.
        """
        refuse_generators(function, "@run()")
        recorder = self._recorder

        def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401  (whatever the function takes and gives)
            with recorder.run():
                return function(*args, **named)

        async def call_async(*args: Any, **named: Any) -> Any:  # noqa: ANN401  (as above)
            with recorder.run():
                return await function(*args, **named)

        wrapper = call_async if is_async(function) else call
        return functools.wraps(function)(wrapper)  # type: ignore[return-value]
