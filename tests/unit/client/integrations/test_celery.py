"""What Celery's signals mean, with tasks that run in the test itself, by Celery's own tracer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import celery.signals
import pytest
from celery import Celery

from deskwatch.client import Registry
from deskwatch.client.integrations.celery import _Worker, watch_celery
from deskwatch.client.service import ServiceMetrics
from exposed import samples

SIGNALS = ("task_prerun", "task_postrun", "task_failure", "task_revoked", "worker_ready", "worker_shutdown")


@pytest.fixture
def service() -> Iterator[ServiceMetrics]:
    """A recorder; the signals, which belong to the process, forget it afterwards."""
    before = {name: list(getattr(celery.signals, name).receivers) for name in SIGNALS}
    yield ServiceMetrics(Registry())
    for name, receivers in before.items():
        getattr(celery.signals, name).receivers[:] = receivers


def seven() -> int:
    return 7


def divide() -> float:
    return 1 / 0


def test_two_applications_of_one_process_are_counted_once(service: ServiceMetrics) -> None:
    apps = [Celery(name, broker="memory://", set_as_current=False) for name in ("one", "two")]
    for app in apps:
        watch_celery(app, service)
        assert app.task(name=f"of_{app.main}")(seven).apply().get() == 7
    got = samples(service.registry)
    assert got["celery_tasks_total{task=of_one,state=success}"] == 1
    assert got["celery_tasks_total{task=of_two,state=success}"] == 1
    assert got["celery_task_duration_seconds_count{task=of_two}"] == 1


def test_a_failure_where_it_runs_is_one_run_with_its_class(service: ServiceMetrics) -> None:
    app = Celery("one", broker="memory://", set_as_current=False)
    watch_celery(app, service)
    assert app.task(name="divide")(divide).apply().failed()
    got = samples(service.registry)
    assert got["celery_tasks_total{task=divide,state=failure}"] == 1
    assert got["celery_task_failures_total{task=divide,type=ZeroDivisionError}"] == 1


def test_a_child_of_the_worker_says_nothing_of_what_runs(service: ServiceMetrics) -> None:
    worker = _Worker(Celery("one", broker="memory://", set_as_current=False), service, (), None)
    worker._name, worker._state = "celery@here", SimpleNamespace(active_requests={1, 2})  # type: ignore[assignment]
    worker._process = os.getppid()
    worker.show()
    assert "celery_active_tasks{worker=celery@here}" not in samples(service.registry)
    worker._process = os.getpid()
    worker.show()
    assert samples(service.registry)["celery_active_tasks{worker=celery@here}"] == 2
