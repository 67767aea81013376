"""Real Celery workers with a real Redis as their broker."""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from celery_worker import Worker, celery_worker
from deskwatch.client import Registry
from deskwatch.client.integrations.celery import BrokerWatch, watch_celery
from deskwatch.client.service import ServiceMetrics
from deskwatch.errors import MissingExtraError
from doc_blocks import doc_blocks, run_block
from exposed import parsed, samples
from running_server import eventually
from services import free_port, redis_server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def broker(redis_url: str) -> str:
    return redis_url.removesuffix("/0") + "/6"


@pytest.fixture
def desk(broker: str) -> Iterator[Celery]:
    """The side that sends tasks, which is not watched."""
    app = Celery("sender", broker=broker, backend=broker)
    app.control.purge()
    yield app
    app.close()


@pytest.fixture(params=[("solo", "1"), ("threads", "2")], ids=["solo", "threads"])
def worker(request: pytest.FixtureRequest, broker: str, desk: Celery, tmp_path: Path) -> Iterator[Worker]:
    pool, concurrency = request.param
    with celery_worker(broker, tmp_path, f"--pool={pool}", f"--concurrency={concurrency}") as worker:
        yield worker


@pytest.fixture
def prefork(broker: str, desk: Celery, tmp_path: Path) -> Iterator[Worker]:
    with celery_worker(broker, tmp_path, "--pool=prefork", "--concurrency=2") as worker:
        yield worker


def active(worker: Worker) -> float:
    return next(value for series, value in worker.samples().items() if series.startswith("celery_active_tasks"))


def run(app: Celery, name: str, *args: object) -> Any:
    return app.send_task(name, args=args)


def test_runs_are_counted_by_how_they_ended(worker: Worker, desk: Celery) -> None:
    answers = [run(desk, "add", number, 1) for number in range(20)]
    assert [answer.get(timeout=30) for answer in answers] == list(range(1, 21))
    assert run(desk, "retry_once").get(timeout=30) == "second time"
    for name in ("fail", "ignore", "reject"):
        run(desk, name)
    for series, value in {
        "celery_tasks_total{task=add,state=success}": 20,
        "celery_tasks_total{task=retry_once,state=retry}": 1,
        "celery_tasks_total{task=retry_once,state=success}": 1,
        "celery_tasks_total{task=fail,state=failure}": 1,
        "celery_task_failures_total{task=fail,type=KeyError}": 1,
        "celery_tasks_total{task=ignore,state=ignored}": 1,
        "celery_tasks_total{task=reject,state=rejected}": 1,
        "celery_task_duration_seconds_count{task=add}": 20,
        "celery_task_duration_seconds_count{task=retry_once}": 2,
    }.items():
        worker.wait_for(series, value)
    assert "celery_tasks_total{task=reject,state=failure}" not in worker.samples()


def test_a_task_that_is_revoked_before_it_runs_is_counted_as_that(worker: Worker, desk: Celery) -> None:
    answer = desk.send_task("add", args=(1, 1), expires=-1)
    assert answer.id
    worker.wait_for("celery_tasks_total{task=add,state=revoked}", 1)


def test_a_child_that_is_killed_is_counted_by_the_parent_and_leaves_nothing_active(
    prefork: Worker, desk: Celery, tmp_path: Path
) -> None:
    run(desk, "wait", str(tmp_path / "go"))
    eventually(lambda: active(prefork) == 1, "one task runs")
    for _ in range(3):
        run(desk, "die")
    prefork.wait_for("celery_tasks_total{task=die,state=failure}", 3)
    assert prefork.samples()["celery_task_failures_total{task=die,type=WorkerLostError}"] == 3
    assert active(prefork) == 1
    (tmp_path / "go").touch()
    eventually(lambda: active(prefork) == 0, "no task runs")


def test_a_task_past_its_hard_limit_is_a_failure_of_that_class(prefork: Worker, desk: Celery) -> None:
    run(desk, "too_long")
    run(desk, "too_long")
    eventually(lambda: prefork.said().count("Hard time limit (1s) exceeded") == 2, "both are ended")
    eventually(lambda: active(prefork) == 0, "no task runs")
    got = prefork.samples()
    assert got["celery_task_failures_total{task=too_long,type=TimeLimitExceeded}"] == 2
    assert got["celery_tasks_total{task=too_long,state=failure}"] == 2


def test_a_prefork_worker_that_counts_alone_says_so(prefork: Worker) -> None:
    eventually(lambda: "set PROMETHEUS_MULTIPROC_DIR to a folder" in prefork.said(), "it warns")


def test_a_worker_is_up_until_it_is_told_to_go(prefork: Worker) -> None:
    assert prefork.is_ready()
    os.kill(prefork.process.pid, signal.SIGTERM)
    assert prefork.process.wait(30) == 0


@pytest.fixture
def service() -> ServiceMetrics:
    return ServiceMetrics(Registry())


def test_a_process_that_is_no_worker_sees_the_queues_and_who_answers(
    broker: str, desk: Celery, service: ServiceMetrics, tmp_path: Path
) -> None:
    for number in range(150):
        desk.send_task("add", args=(number, 1), queue="nightly", priority=number % 10)
    run(desk, "add", 1, 1)
    watch = BrokerWatch(
        desk, service, queues=("celery", "nightly", "empty"), workers=("celery@here",), interval_seconds=0.05
    )

    def sees(series: str, value: float) -> object:
        return eventually(lambda: samples(service.registry).get(series) == value, f"{series} is {value}")

    watch.start()
    try:
        sees("celery_queue_length{queue_name=nightly}", 150)
        sees("celery_queue_length{queue_name=celery}", 1)
        sees("celery_queue_length{queue_name=empty}", 0)
        sees("celery_worker_up{worker=celery@here}", 0)
        with celery_worker(broker, tmp_path, "--pool=solo", "-n", "celery@here", "-Q", "nightly"):
            sees("celery_worker_up{worker=celery@here}", 1)
            sees("celery_queue_length{queue_name=nightly}", 0)
            assert samples(service.registry)["celery_queue_length{queue_name=celery}"] == 1
        sees("celery_worker_up{worker=celery@here}", 0)  # it was killed, and said nothing
    finally:
        watch.stop()


def test_a_broker_that_is_gone_makes_the_length_nan_and_is_counted(service: ServiceMetrics, real_program: Any) -> None:
    with redis_server(real_program("redis")) as url:
        app = Celery("desk", broker=url)
        watch = BrokerWatch(app, service, interval_seconds=0.05)
        watch.start()
        series = "celery_queue_length{queue_name=celery}"
        eventually(lambda: samples(service.registry).get(series) == 0, "the queue is empty")
    eventually(lambda: math.isnan(samples(service.registry)[series]), "nobody knows")
    watch.stop()
    assert samples(service.registry)["deskwatch_client_drops_total{reason=collector}"] > 0
    app.close()


def test_without_celery_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "celery.signals", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[celery\]"):
        watch_celery(Celery("desk", broker=f"redis://127.0.0.1:{free_port()}/0"))


def test_the_documented_examples_run(broker: str, desk: Celery, tmp_path: Path) -> None:
    tasks, web = doc_blocks("docs/integrations/celery.md")
    (tmp_path / "tasks.py").write_text(tasks)
    with celery_worker(broker, tmp_path, "--pool=solo", application="tasks") as worker:
        run(desk, "sync_products", "shopify")
        (promised,) = doc_blocks("docs/integrations/celery.md", "text")
        for series, value in parsed(promised).items():
            worker.wait_for(series, value)
    done = run_block(web, tmp_path)
    assert done.returncode == 0, done.stderr
