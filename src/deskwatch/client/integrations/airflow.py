"""Record the DAGs of Airflow: runs, durations, errors, records, tasks.

Way:     Airflow's listener hooks → [airflow] → PipelineMetrics → totals in a file → a push.
Threads: the hooks of a task run in the process of that task, those of a DAG in the scheduler. A hook waits for the push
         for two seconds at most, and after one that failed for half a minute not at all; the counts are in the file.
Source:  https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/listeners.html
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from deskwatch.catalog.metrics import airflow as catalog
from deskwatch.client import diagnostics, untrusted
from deskwatch.client.extra import load
from deskwatch.client.link import NoLink
from deskwatch.client.metrics import DropReason, Drops, Registry, default_registry
from deskwatch.client.metrics.push import push_text
from deskwatch.client.metrics.totals import Totals
from deskwatch.client.recorders.pipeline import PipelineMetrics

JOB: Final = "airflow"
TOTALS_FILE: Final = "deskwatch-totals.prom"
PUSH_SECONDS: Final = 2.0
REST_SECONDS: Final = 30.0
"""After a push that failed nobody tries for so long, so that a dead server does not slow the scheduler down."""

_processed: dict[str, int | float] = {"records": 0}


def records_processed(count: float) -> None:
    """Say, inside a task, how many records it processed; they are counted when the task ends, for its DAG."""
    number = untrusted.finite(count)
    if number is None or number < 0:
        default_registry().drops.count(DropReason.NOT_A_NUMBER if number is None else DropReason.NEGATIVE)
    else:
        _processed["records"] += number


def deskwatch_listener(
    url: str | None = None,
    *,
    totals_file: Path | str | None = None,
    dialect: str | None = None,
    instance: str | None = None,
) -> PipelineListener:
    """Return what goes into ``listeners`` of an ``AirflowPlugin``.

    Args:
        url: Of a Pushgateway or of the deskwatch server; by default what ``DESKWATCH_URL`` says.
        totals_file: Where the counts are kept, on a disk of this machine; by default in ``AIRFLOW_HOME``.
        dialect: Push them under the names of another system, such as ``crypto_quant``.
        instance: Names this machine in the grouping key; by default its host name.

    Raises:
        MissingExtraError: This is no environment of Airflow.
        ValueError: There is no such dialect.
    """
    mark = load("pluggy", "airflow", "Listening to Airflow").HookimplMarker("airflow")
    for name in ("on_dag_run_success", "on_dag_run_failed", *_TASK_HOOKS):
        mark(getattr(PipelineListener, name))
    home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow")
    totals = Totals(Path(totals_file) if totals_file is not None else home / TOTALS_FILE)
    PipelineMetrics(registry=Registry(), dialect=dialect, link=NoLink())  # a wrong dialect is told here, not in a hook
    return PipelineListener(totals, url=url, dialect=dialect, instance=instance or socket.gethostname())


class PipelineListener:
    """Airflow's hooks; none of them raises. ``deskwatch_listener`` makes it.

    Args:
        totals: Adds up over processes.
        url: Where to push.
        dialect: Under whose names.
        instance: Names the machine.
        drops: Counts what was not recorded or not pushed.
        monotonic: Gives the time that the rest after a failure is measured in.
    """

    def __init__(
        self,
        totals: Totals,
        *,
        url: str | None,
        dialect: str | None,
        instance: str,
        drops: Drops | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._totals = totals
        self._url = url
        self._dialect = dialect
        self._instance = instance
        self._drops = drops if drops is not None else default_registry().drops
        self._monotonic = monotonic
        self._rests_until = 0.0

    def on_dag_run_success(self, dag_run: Any) -> None:  # noqa: ANN401  (Airflow's own)
        """Count a run of a DAG."""
        self._record(lambda _, pipelines: _dag_run(pipelines, dag_run, "success"))

    def on_dag_run_failed(self, dag_run: Any) -> None:  # noqa: ANN401  (as above)
        """Count a run of a DAG that failed."""
        self._record(lambda _, pipelines: _dag_run(pipelines, dag_run, "failed"))

    def on_task_instance_success(self, task_instance: Any) -> None:  # noqa: ANN401  (as above)
        """Count a task and the records that it processed."""
        self._record(lambda registry, pipelines: _task(registry, pipelines, task_instance, "success"))

    def on_task_instance_failed(self, task_instance: Any, error: object) -> None:  # noqa: ANN401  (as above)
        """Count a task that failed, or that will be tried again, and its error."""

        def record(registry: Registry, pipelines: PipelineMetrics) -> None:
            _task(registry, pipelines, task_instance, "retry" if _will_retry(task_instance) else "failed")
            pipelines.record_error(task_instance.dag_id, _error_type(error))

        self._record(record)

    def on_task_instance_skipped(self, task_instance: Any) -> None:  # noqa: ANN401  (as above)
        """Count a task that skipped itself."""
        self._record(lambda registry, pipelines: _task(registry, pipelines, task_instance, "skipped"))

    def _record(self, record: Callable[[Registry, PipelineMetrics], None]) -> None:
        try:
            registry = Registry()
            record(registry, PipelineMetrics(registry=registry, dialect=self._dialect, link=NoLink()))
            self._push(self._totals.add(registry.expose(with_prometheus_client=False)))
        except Exception as error:  # noqa: BLE001  (Airflow goes on, whatever its objects or the disk are like)
            self._drops.count(DropReason.CALLBACK)
            diagnostics.say("airflow", f"an event of Airflow was not recorded: {type(error).__name__}: {error}")

    def _push(self, text: bytes) -> None:
        if self._monotonic() < self._rests_until:
            return
        done = push_text(
            text,
            JOB,
            url=self._url,
            grouping_key={"instance": self._instance},
            drops=self._drops,
            timeout_seconds=PUSH_SECONDS,
        )
        if not done:
            self._rests_until = self._monotonic() + REST_SECONDS


_TASK_HOOKS: Final = ("on_task_instance_success", "on_task_instance_failed", "on_task_instance_skipped")


def _dag_run(pipelines: PipelineMetrics, dag_run: Any, status: str) -> None:  # noqa: ANN401  (Airflow's own)
    began, ended = dag_run.start_date, dag_run.end_date
    seconds = (ended - began).total_seconds() if began is not None and ended is not None else None
    pipelines.record_run(dag_run.dag_id, status, seconds)


def _task(registry: Registry, pipelines: PipelineMetrics, task_instance: Any, status: str) -> None:  # noqa: ANN401  (as above)
    registry.family(catalog.TASK_RUNS).labels(task_instance.dag_id, task_instance.task_id, status).inc()
    records, _processed["records"] = _processed["records"], 0
    if records:
        pipelines.record_records(task_instance.dag_id, records)


def _will_retry(task_instance: Any) -> bool:  # noqa: ANN401  (as above)
    state = task_instance.state
    return bool(getattr(state, "value", state) == "up_for_retry")


def _error_type(error: object) -> str:
    """Return the class of an exception; a text is what Airflow gives when a person set the state."""
    return type(error).__name__ if isinstance(error, BaseException) else "by_hand"
