from __future__ import annotations

import gc
import subprocess
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client import Counter as TheirCounter
from prometheus_client import Gauge as TheirGauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from deskwatch.client import diagnostics
from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.processes.keeper import ManyProcesses

Declare = Callable[[Registry], object]


def samples(body: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Read an exposition back with prometheus-client's parser."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def own(registry: Registry) -> bytes:
    return registry.expose(with_prometheus_client=False)


@pytest.mark.parametrize(
    ("declare", "right"),
    [
        (lambda r: r.counter("hits", "."), "hits_total"),
        (lambda r: r.gauge("level_total", "."), "'level'"),
        (lambda r: r.gauge("1st", "."), "starts with no digit"),
        (lambda r: r.gauge("a", ".", "b"), "('b',)"),
        (lambda r: r.gauge("a", ".", ()), "leave labels out"),
        (lambda r: r.gauge("a", ".", ("b", "b")), "once each"),
        (lambda r: r.gauge("a", ".", ("__b",)), "__"),
        (lambda r: r.gauge("a", ".", ("b-c",)), "'b-c'"),
        (lambda r: r.histogram("a", ".", ("le",)), "le"),
        (lambda r: r.histogram("a_sum", "."), "_sum"),
        (lambda r: r.histogram("a", ".", buckets=(1, 1)), "rise"),
        (lambda r: r.histogram("a", ".", buckets=()), "rise"),
    ],
)
def test_a_wrong_declaration_says_what_would_be_right(declare: Declare, right: str) -> None:
    with pytest.raises(ValueError, match=r"was|were|choose|leave") as raised:
        declare(Registry())
    assert right in str(raised.value)


def test_the_same_declaration_gives_the_same_metric() -> None:
    registry = Registry()
    assert registry.gauge("level", ".", ("a",)) is registry.gauge("level", ".", ("a",))


@pytest.mark.parametrize(
    "declare",
    [
        lambda r: r.gauge("wait_seconds", "."),
        lambda r: r.gauge("wait_seconds_sum", "."),
        lambda r: r.histogram("wait_seconds", ".", buckets=(1, 2)),
        lambda r: r.counter("deskwatch_client_drops_total", "."),
    ],
)
def test_a_name_that_is_taken_is_refused(declare: Declare) -> None:
    registry = Registry()
    registry.histogram("wait_seconds", ".")
    with pytest.raises(ValueError, match="already declared"):
        declare(registry)


def test_labels_by_position_and_by_name_are_the_same_series() -> None:
    family = Registry().counter("hits_total", ".", ("a", "b"))
    assert family.labels("1", "2") is family.labels(b="2", a="1") is family.labels(1, 2)


def test_one_and_true_are_two_label_values() -> None:
    family = Registry().counter("hits_total", ".", ("a",))
    assert family.labels(1) is not family.labels(True)


@pytest.mark.parametrize("values", [((), {}), (("1",), {}), (("1", "2", "3"), {}), ((), {"a": "1", "c": "2"})])
def test_wrong_labels_go_to_the_overflow_series_and_are_counted(values: tuple[tuple[str, ...], dict[str, str]]) -> None:
    registry = Registry()
    positional, named = values
    registry.counter("hits_total", ".", ("a", "b")).labels(*positional, **named).inc()
    assert samples(own(registry))["hits_total", (("a", "overflow"), ("b", "overflow"))] == 1
    assert registry.drops.read()[DropReason.LABELS] == 1


def test_label_sets_beyond_the_limit_share_one_series() -> None:
    registry = Registry(max_label_sets=10)
    family = registry.counter("hits_total", ".", ("id",))
    for number in range(50):
        family.labels(number).inc()
    read = {labels: value for (name, labels), value in samples(own(registry)).items() if name == "hits_total"}
    assert len(read) == 11
    assert read[(("id", "overflow"),)] == 40
    assert registry.drops.read()[DropReason.LABEL_SETS] == 40


def test_all_metrics_together_have_a_limit() -> None:
    registry = Registry(max_series=3)
    for name in ("a", "b"):
        for number in range(5):
            registry.gauge(name, ".", ("id",)).labels(number)
    # three of a, and one overflow series of each
    assert sum(1 for family in registry.families() for _ in family) == 5


AWKWARD = 'quote" backslash\\ newline\n brace} comma, ünï ✓ \x00'


def test_an_exposition_reads_back_as_what_was_recorded() -> None:
    registry = Registry()
    registry.counter("hits_total", 'Help with \\ and\nnewline and "quotes".', ("a",)).labels(AWKWARD).inc(2.5)
    registry.gauge("level", ".").set(float("-inf"))
    registry.histogram("wait_seconds", ".", ("a",), buckets=(0.1, 1)).labels("x").observe(0.5)
    read = samples(own(registry))
    assert read["hits_total", (("a", AWKWARD),)] == 2.5
    assert read["level", ()] == float("-inf")
    assert [read["wait_seconds_bucket", (("a", "x"), ("le", le))] for le in ("0.1", "1.0", "+Inf")] == [0, 1, 1]
    assert read["wait_seconds_sum", (("a", "x"),)] == 0.5
    assert read["wait_seconds_count", (("a", "x"),)] == 1


def test_every_drop_reason_is_there_from_the_start() -> None:
    read = samples(own(Registry()))
    assert {labels[0][1] for (name, labels) in read if name.startswith("deskwatch_client_drops")} == set(DropReason)


def test_metrics_of_prometheus_client_appear_without_a_call() -> None:
    theirs = TheirCounter("their_hits", "Theirs.")
    try:
        theirs.inc(7)
        assert samples(Registry().expose())["their_hits_total", ()] == 7
    finally:
        REGISTRY.unregister(theirs)


def test_a_metric_of_the_same_name_is_exposed_once() -> None:
    theirs = TheirCounter("shared_hits", "Theirs.")
    try:
        registry = Registry()
        registry.counter("shared_hits_total", "Ours.").inc(3)
        body = registry.expose()
        assert body.count(b"# TYPE shared_hits_total counter") == 1
        assert samples(body)["shared_hits_total", ()] == 3
    finally:
        REGISTRY.unregister(theirs)


def test_a_created_series_of_theirs_gives_way_to_a_gauge_of_that_name() -> None:
    theirs = TheirCounter("shop_hits", "Theirs.")
    try:
        theirs.inc(7)
        registry = Registry()
        registry.gauge("shop_hits_created", "Ours.").set(3)
        body = registry.expose()
        assert body.count(b"# TYPE shop_hits_created gauge") == 1
        assert (samples(body)["shop_hits_created", ()], samples(body)["shop_hits_total", ()]) == (3, 7)
    finally:
        REGISTRY.unregister(theirs)


def test_a_part_of_our_histogram_hides_a_metric_of_theirs_that_has_its_name() -> None:
    theirs = TheirGauge("shop_wait_seconds_sum", "Theirs.")
    try:
        theirs.set(7)
        registry = Registry()
        registry.histogram("shop_wait_seconds", "Ours.").observe(2)
        assert samples(registry.expose())["shop_wait_seconds_sum", ()] == 2
    finally:
        REGISTRY.unregister(theirs)


class Broken(Collector):
    def collect(self) -> list[GaugeMetricFamily]:
        raise RuntimeError("broken")

    def describe(self) -> list[GaugeMetricFamily]:
        return []


def test_a_broken_collector_of_the_host_does_not_hide_our_own() -> None:
    broken = Broken()
    REGISTRY.register(broken)
    try:
        registry = Registry()
        registry.gauge("level", ".").set(4)
        assert samples(registry.expose())["level", ()] == 4
        assert registry.drops.read()[DropReason.COLLECTOR] == 1
    finally:
        REGISTRY.unregister(broken)


def test_a_registry_that_nobody_holds_is_freed() -> None:
    registry = Registry()
    registry.gauge("level", ".").set(1)
    watched = weakref.ref(registry)
    del registry
    gc.collect()
    assert watched() is None


def test_a_metric_that_is_full_is_told_once_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(diagnostics, "say", lambda problem, message: told.append(message))
    registry = Registry(max_label_sets=10, max_series=12)
    for name in ("hits_total", "misses_total"):
        for number in range(30):
            registry.counter(name, ".", ("id",)).labels(number)
    first, second = told
    assert "hits_total has 10 label sets, its limit" in first
    assert "misses_total wants one more" in second
    assert "12" in second
    assert all("overflow" in message and "find the label that grows" in message for message in told)


@pytest.mark.parametrize("several_processes", [False, True])
def test_promtool_finds_nothing_wrong(
    real_program: Callable[[str], str], tmp_path: Path, several_processes: bool
) -> None:
    registry = Registry(keeper=ManyProcesses(tmp_path) if several_processes else None)
    registry.counter("hits_total", "Hits.", ("a",)).labels(AWKWARD.replace("\x00", "")).inc()
    registry.gauge("level_ratio", "Level.").set(float("nan"))
    registry.histogram("wait_seconds", "Waits.").observe(0.5)
    checked = subprocess.run(
        [real_program("promtool"), "check", "metrics"], input=own(registry), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
