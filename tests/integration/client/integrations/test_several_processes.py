"""The integrations where several processes count together: Celery's prefork pool, and gunicorn's workers.

What several processes expose has its labels in the order of the alphabet.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from celery import Celery

from celery_worker import Worker, celery_worker
from exposed import parsed
from running_server import eventually
from services import free_port

TESTS = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, str]:
    return {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}


@pytest.fixture
def desk(redis_url: str) -> Iterator[Celery]:
    url = redis_url.removesuffix("/0") + "/9"
    app = Celery("sender", broker=url, backend=url)
    app.control.purge()
    yield app
    app.close()


@pytest.fixture
def worker(desk: Celery, folder: dict[str, str], tmp_path: Path) -> Iterator[Worker]:
    broker = str(desk.conf.broker_url)
    with celery_worker(broker, tmp_path, "--pool=prefork", "--concurrency=2", environment=folder) as worker:
        yield worker


def active(worker: Worker) -> float:
    return next(value for series, value in worker.samples().items() if series.startswith("celery_active_tasks"))


@pytest.mark.real
def test_prefork_children_are_counted_exactly(worker: Worker, desk: Celery) -> None:
    answers = [desk.send_task("process") for _ in range(200)]
    assert len({answer.get(timeout=30) for answer in answers}) == 2
    worker.wait_for("celery_tasks_total{state=success,task=process}", 200)
    worker.wait_for("celery_task_duration_seconds_count{task=process}", 200)
    got = worker.samples()
    assert active(worker) == 0
    assert [value for series, value in got.items() if series.startswith("celery_worker_up")] == [1]


@pytest.mark.real
def test_a_child_that_is_killed_leaves_its_counts_and_nothing_active(
    worker: Worker, desk: Celery, tmp_path: Path
) -> None:
    for _ in range(50):
        desk.send_task("process")
    desk.send_task("wait", args=(str(tmp_path / "go"),))
    worker.wait_for("celery_tasks_total{state=success,task=process}", 50)
    eventually(lambda: active(worker) == 1, "one task runs")
    for _ in range(2):
        desk.send_task("die")
    worker.wait_for("celery_task_failures_total{task=die,type=WorkerLostError}", 2)
    assert active(worker) == 1
    assert worker.samples()["celery_tasks_total{state=success,task=process}"] == 50
    (tmp_path / "go").touch()
    eventually(lambda: active(worker) == 0, "no task runs")
    for _ in range(50):
        desk.send_task("process")
    worker.wait_for("celery_tasks_total{state=success,task=process}", 100)


@pytest.fixture
def site(folder: dict[str, str], tmp_path: Path) -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "gunicorn_app:app", "-w", "2", "-k", "uvicorn_worker.UvicornWorker"]
    with (tmp_path / "gunicorn.txt").open("wb") as output:
        process = subprocess.Popen(
            [*command, "-b", f"127.0.0.1:{port}", "--graceful-timeout", "1"],
            stdout=output,
            stderr=output,
            env={**os.environ, **folder, "PYTHONPATH": str(TESTS)},
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            eventually(lambda: answers(client), "gunicorn answers")
            yield client
    finally:
        process.terminate()
        process.wait(20)


def answers(client: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return client.get("/metrics").status_code == 200
    return False


def metrics(site: httpx.Client) -> dict[str, float]:
    """Ask one of the workers, on a connection of its own so that it may be any."""
    return parsed(httpx.get(f"{site.base_url}/metrics", timeout=20).text)


@pytest.mark.real
def test_gunicorn_workers_are_counted_together_and_one_that_is_killed_leaves_nothing_in_progress(
    site: httpx.Client,
) -> None:
    def ask(number: int) -> int:
        return int(httpx.get(f"{site.base_url}/workers/{number}", timeout=20).json())

    with ThreadPoolExecutor(8) as askers:
        workers = set(askers.map(ask, range(200)))
    assert len(workers) == 2
    answered = "http_requests_total{endpoint=/workers/{asked},method=GET,status=200}"
    assert {metrics(site)[answered] for _ in range(10)} == {200}

    in_progress = "http_requests_in_progress{endpoint=/forever,method=GET}"
    with ThreadPoolExecutor(4) as askers:
        for _ in range(4):
            askers.submit(httpx.get, f"{site.base_url}/forever", timeout=60)
        eventually(lambda: metrics(site).get(in_progress) == 4, "four requests wait")
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
    eventually(lambda: metrics(site).get(in_progress, 0) == 0, "none waits")
    assert metrics(site)[answered] == 200
