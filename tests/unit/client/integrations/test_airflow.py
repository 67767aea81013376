from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from client_fakes import ManualSeconds
from deskwatch.client.integrations import airflow
from deskwatch.client.integrations.airflow import PipelineListener, deskwatch_listener, records_processed
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.metrics.push import PushOutcome, PushResult
from deskwatch.client.metrics.totals import Totals
from hostile import Hostile


class Pushes:
    """Stands for the server: keeps what it was sent, and answers as it is told."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.outcome = PushOutcome.DONE

    def __call__(self, text: bytes, *_: object, **__: object) -> PushResult:
        self.texts.append(text)
        return PushResult(self.outcome)


@pytest.fixture
def pushes(monkeypatch: pytest.MonkeyPatch) -> Pushes:
    pushes = Pushes()
    monkeypatch.setattr(airflow, "push_text", pushes)  # the real ones: tests/integration/client/integrations
    return pushes


@pytest.fixture
def drops() -> Drops:
    return Drops()


@pytest.fixture
def clock() -> ManualSeconds:
    return ManualSeconds()


@pytest.fixture
def listener(pushes: Pushes, drops: Drops, clock: ManualSeconds, tmp_path: Path) -> PipelineListener:
    totals = Totals(tmp_path / "t.prom")
    return PipelineListener(totals, url="http://x", dialect="crypto_quant", instance="i", drops=drops, monotonic=clock)


BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def run_of(dag: str, seconds: float | None = 90.0) -> Any:
    ended = BEGAN + timedelta(seconds=seconds) if seconds is not None else None
    return SimpleNamespace(dag_id=dag, start_date=BEGAN, end_date=ended)


def task_of(dag: str, state: str = "success") -> Any:
    return SimpleNamespace(dag_id=dag, task_id="load", state=SimpleNamespace(value=state))


def samples(text: bytes) -> dict[tuple[str, frozenset[str]], float]:
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_each_event_is_pushed_with_all_that_came_before(listener: PipelineListener, pushes: Pushes) -> None:
    records_processed(1200)
    listener.on_task_instance_success(task_of("nightly"))
    listener.on_task_instance_failed(task_of("nightly", "up_for_retry"), ValueError("bad"))
    listener.on_task_instance_failed(task_of("nightly", "failed"), "set by hand")
    listener.on_task_instance_skipped(task_of("nightly"))
    listener.on_dag_run_success(run_of("nightly"))
    listener.on_dag_run_failed(run_of("nightly", None))
    found = samples(pushes.texts[-1])
    assert found["pipeline_records_processed_total", frozenset({"nightly"})] == 1200
    assert found["pipeline_errors_total", frozenset({"nightly", "ValueError"})] == 1
    assert found["pipeline_errors_total", frozenset({"nightly", "by_hand"})] == 1
    for status in ("success", "retry", "failed", "skipped"):
        assert found["pipeline_task_runs_total", frozenset({"nightly", "load", status})] == 1
    assert found["pipeline_dag_runs_total", frozenset({"nightly", "success"})] == 1
    assert found["pipeline_dag_runs_total", frozenset({"nightly", "failed"})] == 1
    assert found["pipeline_dag_duration_seconds_sum", frozenset({"nightly"})] == 90
    assert found["pipeline_dag_duration_seconds_count", frozenset({"nightly"})] == 1


def test_records_are_counted_once_and_what_is_no_count_is_not(listener: PipelineListener, pushes: Pushes) -> None:
    for count in (5, 2.5, -1, float("nan"), "7", Hostile()):
        records_processed(count)  # type: ignore[arg-type]
    listener.on_task_instance_success(task_of("a"))
    listener.on_task_instance_success(task_of("b"))
    found = samples(pushes.texts[-1])
    assert found["pipeline_records_processed_total", frozenset({"a"})] == 7.5
    assert ("pipeline_records_processed_total", frozenset({"b"})) not in found


def test_after_a_push_that_failed_nobody_waits_for_half_a_minute_and_nothing_is_lost(
    listener: PipelineListener, pushes: Pushes, clock: ManualSeconds
) -> None:
    pushes.outcome = PushOutcome.TIMEOUT
    listener.on_dag_run_success(run_of("nightly"))
    clock.now += 29
    listener.on_dag_run_success(run_of("nightly"))
    assert len(pushes.texts) == 1
    clock.now += 2
    listener.on_dag_run_success(run_of("nightly"))
    assert samples(pushes.texts[1])["pipeline_dag_runs_total", frozenset({"nightly", "success"})] == 3


@pytest.mark.parametrize("make", [lambda: None, Hostile, lambda: SimpleNamespace(dag_id="x")])
def test_no_hook_raises(make: Callable[[], Any], listener: PipelineListener, drops: Drops) -> None:
    thing = make()
    listener.on_dag_run_success(thing)
    listener.on_dag_run_failed(thing)
    listener.on_task_instance_success(thing)
    listener.on_task_instance_failed(thing, thing)
    listener.on_task_instance_skipped(thing)
    assert drops.read()[DropReason.CALLBACK] == 5


def test_a_disk_that_cannot_be_written_is_counted(pushes: Pushes, drops: Drops, tmp_path: Path) -> None:
    nowhere = Totals(tmp_path / "missing" / "t.prom")
    listener = PipelineListener(nowhere, url=None, dialect=None, instance="i", drops=drops)
    listener.on_dag_run_success(run_of("nightly"))
    assert drops.read()[DropReason.CALLBACK] == 1
    assert pushes.texts == []


def test_a_wrong_dialect_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ValueError, match="dialect"):
        deskwatch_listener(dialect="nobody's")
