from __future__ import annotations

import math
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.keeper import keeper_for
from deskwatch.client.metrics.processes.cell_file import Cells
from deskwatch.client.metrics.processes.files import Files
from deskwatch.client.metrics.processes.keeper import ManyProcesses
from deskwatch.client.metrics.processes.series import SharedGauge

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(keeper=ManyProcesses(tmp_path))


def flat(families: Iterator[Metric]) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def ours(registry: Registry) -> Samples:
    return flat(text_string_to_metric_families(registry.expose(with_prometheus_client=False).decode()))


def theirs(folder: Path) -> Samples:
    """Merge the folder with prometheus-client's own collector."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))
    return flat(iter(registry.collect()))


class OtherProcess:
    """Another process's registry on the same folder, as far as one process can be two."""

    def __init__(self, folder: Path) -> None:
        self.keeper = ManyProcesses(folder, files=Files(folder))
        self.registry = Registry(keeper=self.keeper)


def record(registry: Registry, times: int) -> None:
    for _ in range(times):
        registry.counter("hits_total", "Hits.", ("a", "b")).labels('x "quoted" \\ ü', "2").inc(1.5)
        registry.histogram("wait_seconds", "Waits.", ("a",), (0.1, 1)).labels("x").observe(0.1)
        registry.histogram("size_bytes", "Sizes.", buckets=(1e7,)).observe(2e7)
        registry.gauge("open", "Open.").inc(2)
        registry.gauge("level", "Level.", merge="max").set(times)


def test_two_processes_are_summed_as_prometheus_client_sums_them(registry: Registry, tmp_path: Path) -> None:
    other = OtherProcess(tmp_path)
    record(registry, 3)
    record(other.registry, 5)
    read = ours(registry)
    assert read == ours(other.registry) == theirs(tmp_path)
    assert read["hits_total", (("a", 'x "quoted" \\ ü'), ("b", "2"))] == 12
    assert read["wait_seconds_bucket", (("a", "x"), ("le", "0.1"))] == 8
    assert read["open", ()] == 16
    assert read["level", ()] == 5


def test_a_gauge_that_is_set_is_the_newest(registry: Registry, tmp_path: Path) -> None:
    other = OtherProcess(tmp_path)
    for value, process in enumerate([registry, other.registry, registry]):
        process.gauge("level", "Level.").set(value)
    assert ours(registry)["level", ()] == ours(other.registry)["level", ()] == theirs(tmp_path)["level", ()] == 2


def test_reading_tells_what_this_process_counted(registry: Registry, tmp_path: Path) -> None:
    record(registry, 3)
    registry._keeper.drops.count(DropReason.LABELS, 2)
    again = OtherProcess(tmp_path)
    record(again.registry, 1)
    assert again.registry.counter("hits_total", "Hits.", ("a", "b")).labels('x "quoted" \\ ü', "2").read() == 1.5
    assert again.registry.histogram("wait_seconds", "Waits.", ("a",), (0.1, 1)).labels("x").read() == ([1, 0, 0], 0.1)
    assert again.registry.gauge("level", "Level.", merge="max").read() == 1
    assert again.registry.drops.total == 0


def test_numbers_of_any_type_are_taken_and_what_is_none_is_counted(registry: Registry) -> None:
    counter, gauge = registry.counter("hits_total", "."), registry.gauge("level", ".")
    histogram = registry.histogram("wait_seconds", ".", buckets=(1,))
    for value in (1, Decimal("0.5"), True, "1", None, math.nan, math.inf, -1):
        counter.inc(value)  # type: ignore[arg-type]
        histogram.observe(value)  # type: ignore[arg-type]
    for value in (math.nan, 10**5000, "x", Decimal("2.5")):
        gauge.set(value)  # type: ignore[arg-type]
    gauge.inc("x")  # type: ignore[arg-type]
    gauge.dec(0.5)
    assert (counter.read(), histogram.read(), gauge.read()) == (2.5, ([4, 0], 1.5), 2.0)
    drops = registry.drops.read()
    assert drops[DropReason.NOT_A_NUMBER] == 2 + 2 + 3
    assert (drops[DropReason.NOT_FINITE], drops[DropReason.NEGATIVE]) == (2 + 2, 1)


def test_every_drop_reason_is_there_from_the_start(registry: Registry) -> None:
    names = {dict(labels)["reason"] for name, labels in ours(registry) if name == "deskwatch_client_drops_total"}
    assert names == set(DropReason)


def test_the_limit_of_label_sets_holds(tmp_path: Path) -> None:
    registry = Registry(max_label_sets=3, keeper=ManyProcesses(tmp_path))
    for number in range(5):
        registry.counter("hits_total", ".", ("id",)).labels(number).inc()
    read = {labels: value for (name, labels), value in ours(registry).items() if name == "hits_total"}
    assert len(read) == 4
    assert read[(("id", "overflow"),)] == 2


def test_the_variable_turns_it_on(tmp_path: Path) -> None:
    assert Registry(keeper=keeper_for({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "made")})).shared
    assert not Registry(keeper=keeper_for({})).shared


def test_a_folder_that_cannot_be_written_leaves_each_process_to_itself(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    registry = Registry(keeper=keeper_for({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "file")}))
    registry.gauge("level", ".").set(4)
    assert not registry.shared
    assert ours(registry)["level", ()] == 4


def test_a_disk_that_is_full_raises_nothing_and_is_counted(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    registry.counter("hits_total", ".").inc()
    monkeypatch.setattr(os, "posix_fallocate", full)  # there is no full disk that a test may make
    family = registry.counter("requests_total", ".", ("route",))
    for number in range(1_000):
        family.labels(number).inc()
    assert family.labels(999).read() == 1
    assert 0 < registry.drops.read()[DropReason.EXPORTER] < 1_000
    assert ours(registry)["hits_total", ()] == 1


def test_a_damaged_file_is_set_aside(registry: Registry, tmp_path: Path) -> None:
    damaged = tmp_path / "counter_deskwatch-1.db"
    damaged.write_bytes(b"\xff" * 64)
    other = OtherProcess(tmp_path)
    record(other.registry, 1)
    assert theirs(tmp_path)["hits_total", (("a", 'x "quoted" \\ ü'), ("b", "2"))] == 1.5
    assert damaged.with_suffix(".damaged").read_bytes().startswith(b"\xff" * 64)


def test_a_damaged_file_of_another_process_does_not_hide_the_rest(registry: Registry, tmp_path: Path) -> None:
    record(registry, 1)
    (tmp_path / "histogram_deskwatch-7.db").write_bytes(b"\xff" * 64)
    assert ours(registry)["hits_total", (("a", 'x "quoted" \\ ü'), ("b", "2"))] == 1.5


def test_the_time_of_a_gauge_is_that_of_the_clock() -> None:
    view = memoryview(bytearray(16)).cast("d")
    gauge = SharedGauge("level", "", Registry().drops, lambda _: Cells(view, (0,)), None, clock=lambda: 77.0)
    gauge.set(3)
    assert view.tolist() == [3.0, 77.0]
