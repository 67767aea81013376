"""Real processes that count together: forked, spawned, killed, under gunicorn."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client.metrics import Exporter, Registry
from deskwatch.client.metrics.processes.keeper import ManyProcesses
from doc_blocks import doc_blocks, run_block

PAGE = "docs/several-processes.md"
DEADLINE_SECONDS = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "metrics"


@pytest.fixture
def registry(folder: Path) -> Registry:
    return Registry(keeper=ManyProcesses(folder))


def in_child(work: Callable[[], object], *, dies: bool = False) -> int:
    """Run in a forked child, which ends at once or kills itself; return its number."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(0)
        finally:
            os._exit(1)
    return pid


def ended(*pids: int) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def values(body: bytes) -> dict[str, float]:
    """Read the samples without labels, and those with labels under ``name{value,…}``."""
    return {
        sample.name + (f"{{{','.join(sample.labels.values())}}}" if sample.labels else ""): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        time.sleep(0.02)


def test_threads_in_forked_children_lose_no_count(registry: Registry) -> None:
    counter = registry.counter("hits_total", ".")
    histogram = registry.histogram("wait_seconds", ".", buckets=(0.1, 1))
    gauge = registry.gauge("open", ".")
    counter.inc(5)

    def hit() -> None:
        for _ in range(2_000):
            counter.inc()
            histogram.observe(0.5)
            gauge.inc()

    def work() -> None:
        sys.setswitchinterval(1e-6)
        threads = [threading.Thread(target=hit) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counter.read() == gauge.read() == 16_000

    assert ended(*(in_child(work) for _ in range(3))) == [0, 0, 0]
    read = values(registry.expose(with_prometheus_client=False))
    assert read["hits_total"] == 48_005
    assert (read["wait_seconds_bucket{0.1}"], read["wait_seconds_bucket{1.0}"]) == (0, 48_000)
    assert (read["wait_seconds_sum"], read["wait_seconds_count"]) == (24_000, 48_000)
    assert "open" not in read


def test_a_killed_worker_leaves_its_counts_and_takes_its_gauges(registry: Registry) -> None:
    counter, histogram = registry.counter("hits_total", "."), registry.histogram("wait_seconds", ".")
    registry.gauge("open", ".").inc(2)
    level = registry.gauge("level", ".", ("of",))

    def work() -> None:
        for _ in range(1_234):
            counter.inc()
            histogram.observe(0.25)
        registry.gauge("open", ".").inc()
        level.labels("child").set(7)

    assert ended(in_child(work, dies=True)) == [-signal.SIGKILL]
    read = values(registry.expose(with_prometheus_client=False))
    assert (read["hits_total"], read["wait_seconds_count"], read["wait_seconds_sum"]) == (1_234, 1_234, 308.5)
    assert read["open"] == 2
    assert "level{child}" not in read


def test_many_short_lives_leave_no_more_files_than_lived_at_once(registry: Registry, folder: Path) -> None:
    counter = registry.counter("hits_total", ".")
    counter.inc()
    for _ in range(30):
        assert ended(in_child(counter.inc, dies=True)) == [-signal.SIGKILL]
    assert values(registry.expose(with_prometheus_client=False))["hits_total"] == 31
    assert len(list(folder.glob("counter_*.db"))) == 2


def test_the_parent_dies_and_the_child_counts_on(registry: Registry, folder: Path) -> None:
    """A forked child must not hold its parent's number, or the parent's gauges would never go."""
    counter = registry.counter("hits_total", ".")
    reading, writing = os.pipe()

    def parent() -> None:
        registry.gauge("open", ".").inc()
        counter.inc()

        def child() -> None:
            counter.inc()
            os.read(reading, 1)  # lives on until the test has looked

        in_child(child)
        until(lambda: len(list(folder.glob("counter_*.db"))) == 3, "the grandchild's file")

    assert ended(in_child(parent, dies=True)) == [-signal.SIGKILL]
    until(lambda: values(registry.expose(with_prometheus_client=False))["hits_total"] == 2, "both counts")
    assert "open" not in values(registry.expose(with_prometheus_client=False))
    os.write(writing, b"x")


def test_gauges_that_show_themselves_are_renewed_in_a_child_that_nobody_asks(registry: Registry) -> None:
    gauge = registry.gauge("shown", ".")
    reading, writing = os.pipe()

    class Shows:
        def show(self) -> None:
            gauge.set(os.getpid())

    shows = Shows()

    def child() -> None:
        registry.show_before_exposing(shows)
        os.read(reading, 1)

    pid = in_child(child)
    until(lambda: values(registry.expose(with_prometheus_client=False)).get("shown") == pid, "the child's gauge")
    os.write(writing, b"x")
    assert ended(pid) == [0]


def test_processes_share_a_port_and_each_answers_for_all(registry: Registry) -> None:
    counter = registry.counter("hits_total", ".")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    reading, writing = os.pipe()
    started, starting = os.pipe()

    def child() -> None:
        counter.inc()
        assert Exporter(registry, port=port).start() is not None
        os.write(starting, b"x")
        os.read(reading, 1)

    exporter = Exporter(registry, port=port)
    url = exporter.start()
    assert url is not None
    pids = [in_child(child) for _ in range(3)]
    for _ in pids:
        assert os.read(started, 1)
    for _ in range(20):
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert values(answer.read())["hits_total"] == 3
    os.kill(pids[0], signal.SIGKILL)
    os.waitpid(pids[0], 0)
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert values(answer.read())["hits_total"] == 3
    os.write(writing, b"xx")
    assert ended(*pids[1:]) == [0, 0]
    exporter.stop()


BOTH = """
import os, sys
{first}
from deskwatch import Registry
import prometheus_client
{then}
registry = Registry()
registry.counter("ours_total", ".").inc(2)
registry.counter("both_total", ".").inc(2)
prometheus_client.Counter("theirs", ".").inc(3)
prometheus_client.Counter("both", ".").inc(3)
prometheus_client.Gauge("their_level", ".", multiprocess_mode="livesum").set(4)
sys.stdout.buffer.write(registry.expose())
sys.stdout.flush()
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("late", [False, True])
def test_metrics_of_prometheus_client_are_merged_in_whenever_the_variable_is_set(folder: Path, late: bool) -> None:
    folder.mkdir()
    setting = f"os.environ['PROMETHEUS_MULTIPROC_DIR'] = {str(folder)!r}"
    program = BOTH.format(first="" if late else setting, then=setting if late else "")
    done = [subprocess.run([sys.executable, "-c", program], capture_output=True, check=False) for _ in range(2)]
    assert [run.returncode for run in done] == [-9, -9], done[0].stderr
    assert done[1].stdout.count(b"# TYPE both_total counter") == 1
    read = values(done[1].stdout)
    assert (read["ours_total"], read["both_total"], read["their_level"]) == (4, 4, 4)
    assert read["theirs_total"] == (3 if late else 6)  # late, prometheus-client counts for itself


def test_the_first_block_of_the_page_runs(tmp_path: Path) -> None:
    done = run_block(doc_blocks(PAGE)[0], tmp_path)
    assert done.returncode == 0, done.stderr


def test_spawned_processes_count_together(tmp_path: Path) -> None:
    block = doc_blocks(PAGE)[0].replace('get_context("fork")', 'get_context("spawn")')
    assert "spawn" in block
    (tmp_path / "program.py").write_text(block.replace("tempfile.mkdtemp()", "'metrics'"))
    done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


ASGI = """
from deskwatch import default_registry

requests = default_registry().counter("shop_requests_total", "Requests.", ("route",))


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    requests.labels("/").inc()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(__import__("os").getpid()).encode()})
"""


@contextmanager
def gunicorn(tmp_path: Path, app: str, *arguments: str) -> Iterator[tuple[str, str]]:
    """Run gunicorn with two workers as the page says; give the URL of the application and that of the metrics."""
    _, configuration, _, *_ = doc_blocks(PAGE)
    (tmp_path / "gunicorn.conf.py").write_text(configuration)
    (tmp_path / "app.py").write_text(app)
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            ports.append(probe.getsockname()[1])
    environment = {"METRICS_FOLDER": str(tmp_path / "metrics"), "METRICS_PORT": str(ports[1])}
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{ports[0]}", *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    try:
        urls = (f"http://127.0.0.1:{ports[0]}/", f"http://127.0.0.1:{ports[1]}/metrics")
        until(lambda: all(map(answers, urls)), (tmp_path / "output").read_text())
        yield urls
    finally:
        process.terminate()
        process.wait(DEADLINE_SECONDS)


def answers(url: str) -> bool:
    try:
        get(url)
    except OSError:
        return False
    return True


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return bytes(answer.read())


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def requests_counted(url: str) -> float:
    return values(get(url)).get("shop_requests_total{/}", 0.0)


@pytest.mark.parametrize(
    ("app", "arguments"),
    [
        (doc_blocks(PAGE)[2].replace('environ["wsgi.multiprocess"]', "__import__('os').getpid()"), ()),
        (ASGI, ("-k", "uvicorn_worker.UvicornWorker")),
        (ASGI, ("-k", "uvicorn_worker.UvicornWorker", "--preload")),
    ],
    ids=["wsgi", "uvicorn", "preload"],
)
def test_gunicorn_with_two_workers_counts_every_request(tmp_path: Path, app: str, arguments: tuple[str, ...]) -> None:
    with gunicorn(tmp_path, app, *arguments) as (url, metrics):
        before = requests_counted(metrics)
        workers = {int(get(url)) for _ in range(100)}
        assert requests_counted(metrics) == before + 100
        os.kill(min(workers), signal.SIGKILL)
        until(lambda: not lives(min(workers)), "gunicorn saw its worker die")
        until(lambda: not {int(get(url)) for _ in range(20)} <= workers, "a new worker answers")
        counted = requests_counted(metrics)
        assert counted >= before + 120
        for _ in range(50):
            get(url)
        assert [requests_counted(metrics) for _ in range(10)] == [counted + 50] * 10
