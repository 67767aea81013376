from __future__ import annotations

import math
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.utils import floatToGoString

from deskwatch.client.integrations.otlp import OtlpExport, export_otlp
from deskwatch.client.metrics import DropReason, Exporter, Registry
from deskwatch.client.metrics.foreign import attach, detach
from deskwatch.client.otlp.settings import read_settings
from doc_blocks import doc_blocks, run_block
from otlp_receiver import Key, Receiver, otlp_receiver
from running_server import eventually

Make = Callable[..., OtlpExport]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with otlp_receiver() as running:
        yield running


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.counter("fills_total", "Fills.", ("symbol",)).labels("BTC").inc(3)
    registry.gauge("equity_usd", "Equity.").set(100_000.5)
    waits = registry.histogram("wait_seconds", "Wait.", ("venue",), buckets=(0.1, 1, 10)).labels("XNAS")
    for value in (0.05, 0.1, 0.5, 60):
        waits.observe(value)
    return registry


@pytest.fixture
def export(receiver: Receiver, registry: Registry) -> Iterator[Make]:
    made: list[OtlpExport] = []

    def make(**settings: Any) -> OtlpExport:
        made.append(export_otlp(receiver.url, registry, **{"interval_seconds": 3600, **settings}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def theirs() -> Iterator[CollectorRegistry]:
    registry = CollectorRegistry()
    Counter("theirs", "Counter.", ["a"], registry=registry).labels('quote" and ünï').inc(2.5)
    Gauge("their_level", "Gauge.", registry=registry).set(-math.inf)
    Histogram("their_seconds", "Histogram.", registry=registry).observe(0.3)
    Summary("their_sizes", "Summary.", registry=registry).observe(7)
    attach(registry)
    yield registry
    detach(registry)


def scraped(registry: Registry) -> dict[Key, float]:
    """Return what a scrape reads at this moment, without what the process itself changes all the time."""
    exporter = Exporter(registry)
    exporter.start()
    assert exporter.url is not None
    with urllib.request.urlopen(exporter.url, timeout=5) as answer:
        text = answer.read().decode()
    exporter.stop()
    return steady(
        (sample.name, tuple(sorted(_plain(sample.labels).items())), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    )


def _plain(labels: dict[str, str]) -> dict[str, str]:
    return {name: floatToGoString(float(value)) if name == "le" else value for name, value in labels.items()}


def steady(samples: Any) -> dict[Key, float]:
    return {(name, labels): v for name, labels, v in samples if not name.startswith(("process_", "python_gc_"))}


def test_every_value_is_that_of_metrics_at_the_same_moment(
    receiver: Receiver, registry: Registry, theirs: CollectorRegistry, export: Make
) -> None:
    exporting = export()
    expected = scraped(registry)
    assert exporting.close()
    arrived = steady((name, labels, value) for (name, labels), value in receiver.samples().items())
    assert len(expected) > 50
    assert arrived == expected


def test_kinds_units_and_times_are_right(receiver: Receiver, export: Make) -> None:
    before_ns = time.time_ns()
    export().close()
    metrics = receiver.received[0].metrics
    fills, equity, waits = metrics["fills_total"], metrics["equity_usd"], metrics["wait_seconds"]
    assert (fills.WhichOneof("data"), equity.WhichOneof("data"), waits.WhichOneof("data")) == (
        "sum",
        "gauge",
        "histogram",
    )
    assert fills.sum.is_monotonic
    assert fills.sum.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    assert waits.histogram.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    assert (fills.description, waits.unit, fills.unit) == ("Fills.", "s", "")
    point = waits.histogram.data_points[0]
    assert (list(point.explicit_bounds), list(point.bucket_counts)) == ([0.1, 1, 10], [2, 1, 0, 1])
    assert point.start_time_unix_nano < before_ns <= point.time_unix_nano <= time.time_ns()


def test_the_process_says_who_it_is_and_carries_the_headers(
    receiver: Receiver, export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "momentum")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=paper")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=k%3Dy,x=env")
    export(headers={"x": "argument"}).close()
    request = receiver.received[0]
    assert request.path == "/v1/metrics"
    assert request.resource["service.name"] == "momentum"
    assert request.resource["deployment.environment.name"] == "paper"
    assert request.resource["process.pid"] == str(os.getpid())
    assert request.headers["api-key"] == "k=y"
    assert request.headers["x"] == "argument"
    assert request.headers["Content-Type"] == "application/x-protobuf"


def test_it_goes_on_at_each_interval(receiver: Receiver, registry: Registry, export: Make) -> None:
    export(interval_seconds=0.05)
    eventually(lambda: len(receiver.received) >= 3, "three exports")
    registry.counter("fills_total", "Fills.", ("symbol",)).labels("BTC").inc(2)
    eventually(lambda: receiver.samples()["fills_total", (("symbol", "BTC"),)] == 5, "the new value")


def test_differences_add_up_to_the_sums_even_when_exports_fail(
    receiver: Receiver, registry: Registry, export: Make
) -> None:
    fills = registry.counter("fills_total", "Fills.", ("symbol",)).labels("BTC")
    waits = registry.histogram("wait_seconds", "Wait.", ("venue",), buckets=(0.1, 1, 10)).labels("XNAS")
    receiver.answers = [(200, {}), (503, {"Retry-After": "0"}), (200, {}), (502, {"Retry-After": "0"})]
    exporting = export(interval_seconds=0.02, temporality="delta")
    for _ in range(5):
        seen = len(receiver.received)
        fills.inc()
        waits.observe(0.5)
        eventually(lambda before=seen: len(receiver.received) > before + 1, "the next export")
    exporting.close()
    sums = [request.metrics["fills_total"].sum for request in receiver.received]
    assert sum(one.data_points[0].as_double for one in sums) == fills.read() == 8
    assert {one.aggregation_temporality for one in sums} == {AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA}
    counts = [request.metrics["wait_seconds"].histogram.data_points[0].count for request in receiver.received]
    assert sum(counts) == 9
    windows = [(one.data_points[0].start_time_unix_nano, one.data_points[0].time_unix_nano) for one in sums]
    assert [start for start, _ in windows[1:]] == [end for _, end in windows[:-1]]


def test_many_series_go_in_several_requests(receiver: Receiver, registry: Registry, export: Make) -> None:
    family = registry.gauge("level", "Level.", ("id",))
    for number in range(1_500):
        family.labels(number).set(number)
    export().close()
    assert len(receiver.received) == 2
    assert sum(1 for name, _ in receiver.samples() if name == "level") == 1_500


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_asks_to_wait_is_left_alone_so_long(
    status: int, receiver: Receiver, registry: Registry, export: Make
) -> None:
    receiver.answers = [(status, {"Retry-After": "3600"})]
    exporting = export(interval_seconds=0.02)
    eventually(lambda: registry.drops.read()[DropReason.OTLP] == 1, "the refusal")
    assert exporting.close()
    assert receiver.received == []
    assert receiver.answers == []


def test_a_date_in_retry_after_is_read_too(receiver: Receiver, registry: Registry, export: Make) -> None:
    receiver.answers = [(503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)})]
    exporting = export(interval_seconds=0.02)
    eventually(lambda: registry.drops.read()[DropReason.OTLP] == 1, "the refusal")
    assert exporting.close()
    assert receiver.received == []


@pytest.mark.parametrize("status", [301, 400, 401, 413, 500])
def test_what_is_refused_is_counted_and_the_next_export_goes_out(
    status: int, receiver: Receiver, registry: Registry, export: Make
) -> None:
    receiver.answers = [(status, {"Location": "/elsewhere"})]
    export(interval_seconds=0.02)
    eventually(lambda: receiver.received, "the next export")
    assert registry.drops.read()[DropReason.OTLP] == 1


def test_points_that_were_rejected_are_counted(receiver: Receiver, registry: Registry, export: Make) -> None:
    receiver.rejects = 4
    export().close()
    assert registry.drops.read()[DropReason.OTLP] == 4


def test_a_server_that_hangs_delays_the_end_for_two_seconds_at_most(receiver: Receiver, export: Make) -> None:
    receiver.hold.clear()
    exporting = export()
    begun = time.monotonic()
    exporting.close()
    assert time.monotonic() - begun < 2.5


def test_a_second_call_replaces_the_first(receiver: Receiver, registry: Registry, export: Make) -> None:
    first = export()
    second = export()
    assert first is not second
    assert len(receiver.received) == 1  # the first one's last
    second.close()
    assert len(receiver.received) == 2


def test_a_forked_child_exports_as_an_instance_of_its_own(receiver: Receiver, registry: Registry, export: Make) -> None:
    exporting = export(interval_seconds=0.05)
    eventually(lambda: receiver.received, "the parent's")
    pid = os.fork()
    if pid == 0:
        registry.gauge("child", "Child.").set(1)
        time.sleep(60)
        os._exit(0)
    try:
        eventually(lambda: any("child" in request.metrics for request in receiver.received), "the child's")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    exporting.close()
    instances = {request.resource["service.instance.id"] for request in receiver.received}
    pids = {request.resource["process.pid"] for request in receiver.received}
    assert len(instances) == 2
    assert pids == {str(os.getpid()), str(pid)}


BOT = "import deskwatch; deskwatch.default_registry().gauge('level', 'Level.').set(7)"


def bot(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_block(BOT, folder, environment)


def test_one_variable_is_enough(receiver: Receiver, tmp_path: Path) -> None:
    done = bot(tmp_path, DESKWATCH_OTLP=receiver.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert receiver.samples()["level", ()] == 7


def test_opentelemetrys_own_variables_say_where_when_ours_says_whether(receiver: Receiver, tmp_path: Path) -> None:
    bot(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    assert receiver.received == []
    bot(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, DESKWATCH_OTLP="1", OTEL_SERVICE_NAME="b")
    assert receiver.received[0].resource["service.name"] == "b"


@pytest.mark.parametrize("endpoint", ["ftp://x", "http://127.0.0.1:1"])
def test_a_wrong_variable_does_not_keep_the_bot_from_running(endpoint: str, tmp_path: Path) -> None:
    done = bot(tmp_path, DESKWATCH_OTLP=endpoint)
    assert done.returncode == 0


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['opentelemetry.proto'] = None\n"
    asked = hidden + "from deskwatch.client.integrations.otlp import export_otlp; export_otlp('http://127.0.0.1:1')"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "pip install 'deskwatch[otlp]'" in done.stderr
    quiet = run_block(hidden + BOT, tmp_path, {"DESKWATCH_OTLP": "http://127.0.0.1:1"})
    assert quiet.returncode == 0


def test_the_page_runs(receiver: Receiver, tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/otlp.md")
    done = run_block(block.replace("http://localhost:4318", receiver.url), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert receiver.received[0].metrics["signals_total"].sum.data_points[0].as_double == 1
    assert receiver.received[0].headers["api-key"] == "KEY"


def test_the_settings_of_the_vendors_are_read(tmp_path: Path) -> None:
    blocks = doc_blocks("docs/integrations/otlp.md", "sh")
    assert len(blocks) == 3
    for block in blocks:
        pairs = (line.removeprefix("export ").partition("=") for line in block.splitlines() if "=" in line)
        environment = {name: value.strip("'") for name, _, value in pairs}
        settings = read_settings(environment)
        assert settings.url.endswith("/v1/metrics")
        assert settings.delta == ("datadoghq" in settings.url)
