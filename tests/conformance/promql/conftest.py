"""The same samples in a real Prometheus and in deskwatch."""

from __future__ import annotations

import json
import math
import random
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deskwatch.model import Labels, Scrape
from deskwatch.server.promql import Engine, Limits
from deskwatch.server.storage.samples import SampleStore
from deskwatch.testing import ManualClock

START_MS = 1_700_000_000_000
STEP_MS = 15_000
ROWS = 160
SEED = 20220101

Points = list[tuple[int, float]]


class Prometheus:
    """A real Prometheus, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, path: str, **parameters: object) -> dict[str, object]:
        """Return the whole answer, also one that is an error."""
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{query}", timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture(scope="session")
def dataset() -> dict[Labels, Points]:
    """Counters with resets, gauges with gaps and odd values, histograms; times jitter."""
    source = random.Random(SEED)
    series: dict[Labels, Points] = {}
    for number, (job, instance) in enumerate([("bot", "a"), ("bot", "b"), ("feed", "a"), ("feed", "c")]):
        labels = {"job": job, "instance": instance}
        series[Labels({"__name__": "orders_total", **labels})] = _counter(source, resets=number % 2 == 0)
        series[Labels({"__name__": "errors_total", **labels})] = _counter(source, resets=number == 3, gap=number == 1)
        series[Labels({"__name__": "equity", **labels})] = _gauge(source, 1000.0 * (number + 1))
        series[Labels({"__name__": "limit", **labels, "kind": "max"})] = _level(1200.0 + number)
        for le, share in (("0.1", 0.3), ("0.5", 0.6), ("1", 0.9), ("2.5", 0.97), ("+Inf", 1.0)):
            series[Labels({"__name__": "latency_bucket", **labels, "le": le})] = _level_growth(number, share)
    series[Labels({"__name__": "owner", "job": "bot", "team": "alpha"})] = _level(1.0)
    series[Labels({"__name__": "owner", "job": "feed", "team": "beta"})] = _level(1.0)
    odd = [0.0, -1.5, math.nan, math.inf, -math.inf, 2.0, 2.0, 1e-7, 1e21, 123456789.125]
    series[Labels({"__name__": "odd", "instance": "a"})] = [
        (START_MS + row * STEP_MS, odd[row % len(odd)]) for row in range(ROWS)
    ]
    return series


@pytest.fixture(scope="session")
def prometheus(
    dataset: dict[Labels, Points], real_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    _write_blocks(dataset, real_program("promtool"), folder)
    (folder / "prometheus.yml").write_text("global: {}\n")
    port = _free_port()
    command = [
        real_program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=20y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        server = Prometheus(f"http://127.0.0.1:{port}")
        _wait_until(server.is_ready, process)
        yield server
        process.terminate()


@pytest.fixture(scope="session")
def engine(dataset: dict[Labels, Points]) -> Engine:
    store = SampleStore(ManualClock(START_MS + ROWS * STEP_MS))
    for number, (labels, points) in enumerate(dataset.items()):
        for ts_ms, value in points:
            store.append(Scrape(f"series-{number}", ts_ms, (labels,), [value]))
    return Engine(store, limits=Limits(timeout_seconds=30.0))


def _counter(source: random.Random, *, resets: bool, gap: bool = False) -> Points:
    points, value = [], float(source.randrange(100))
    for row in range(ROWS):
        value = 0.0 if resets and row % 47 == 46 else value + source.randrange(20) / 4
        if not (gap and 40 <= row < 75):
            points.append((START_MS + row * STEP_MS + source.randrange(900), value))
    return points


def _gauge(source: random.Random, base: float) -> Points:
    return [
        (START_MS + row * STEP_MS + source.randrange(900), base + 200 * math.sin(row / 9) + source.gauss(0, 15))
        for row in range(ROWS)
    ]


def _level(value: float) -> Points:
    return [(START_MS + row * STEP_MS, value) for row in range(ROWS)]


def _level_growth(number: int, share: float) -> Points:
    return [(START_MS + row * STEP_MS, math.floor((row * (number + 2)) * share)) for row in range(ROWS)]


def _write_blocks(dataset: dict[Labels, Points], promtool: str, folder: Path) -> None:
    lines: list[str] = []
    for name in sorted({labels.name for labels in dataset}):
        lines.append(f"# TYPE {name} gauge")
        for labels, points in dataset.items():
            if labels.name == name:
                inner = ",".join(f'{key}="{value}"' for key, value in labels.pairs if key != "__name__")
                lines += [f"{name}{{{inner}}} {value!r} {ts_ms / 1000:.3f}" for ts_ms, value in points]
    source = folder / "samples.txt"
    source.write_text("\n".join([*lines, "# EOF", ""]))
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", source, folder / "data"],
        check=True,
        capture_output=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"Prometheus ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError("Prometheus was not ready within 30 s")
        time.sleep(0.05)
