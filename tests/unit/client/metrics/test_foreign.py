from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.foreign import MAX_ATTACHED, attach, detach


@pytest.fixture
def second() -> Iterator[CollectorRegistry]:
    registry = CollectorRegistry()
    attach(registry)
    yield registry
    detach(registry)


def names(body: bytes) -> list[str]:
    return [sample.name for family in text_string_to_metric_families(body.decode()) for sample in family.samples]


def test_a_second_registry_appears_without_a_call(second: CollectorRegistry) -> None:
    Counter("second_hits", ".", registry=second).inc(3)
    assert b"\nsecond_hits_total 3.0\n" in Registry().expose()


def test_a_detached_registry_is_gone(second: CollectorRegistry) -> None:
    Counter("second_hits", ".", registry=second)
    detach(second)
    assert b"second_hits" not in Registry().expose()


OURS = [
    lambda r: r.gauge("taken", ".").set(1),
    lambda r: r.counter("taken_total", ".").inc(),
    lambda r: r.histogram("taken", ".").observe(1),
]
THEIRS = [
    lambda r: Gauge("taken", ".", registry=r),
    lambda r: Counter("taken", ".", registry=r),
    lambda r: Histogram("taken", ".", registry=r),
    lambda r: Summary("taken", ".", registry=r),
    lambda r: Gauge("taken_sum", ".", registry=r),
    lambda r: Gauge("taken_bucket", ".", ["le"], registry=r).labels("1"),
]


@pytest.mark.parametrize(("ours", "theirs"), list(itertools.product(OURS, THEIRS)))
def test_a_name_that_is_taken_leaves_the_exposition_valid(
    ours: Callable[[Registry], object],
    theirs: Callable[[CollectorRegistry], object],
    second: CollectorRegistry,
    real_program: Callable[[str], str],
) -> None:
    registry = Registry()
    ours(registry)
    theirs(second)
    Gauge("free_level", ".", registry=second).set(2)
    body = registry.expose()
    assert len(lines := [line.rpartition(b" ")[0] for line in body.splitlines()]) == len(set(lines))
    assert body.count(b"\nfree_level 2.0") == 1
    promtool = [real_program("promtool"), "check", "metrics"]
    assert b"error while linting" not in subprocess.run(promtool, input=body, capture_output=True, check=False).stderr


def test_the_first_registry_that_has_a_name_keeps_it(second: CollectorRegistry) -> None:
    third = CollectorRegistry()
    attach(third)
    try:
        Gauge("shared_level", ".", registry=second).set(1)
        Gauge("shared_level", ".", registry=third).set(2)
        body = Registry().expose()
    finally:
        detach(third)
    assert b"\nshared_level 1.0\n" in body
    assert b"\nshared_level 2.0\n" not in body


def test_a_gauge_named_like_their_counter_does_not_hide_it(second: CollectorRegistry) -> None:
    registry = Registry()
    registry.gauge("level", ".").set(4)
    Counter("level", ".", registry=second).inc(7)
    assert {"level", "level_total"} <= set(names(registry.expose()))


class Broken(Collector):
    def collect(self) -> list[GaugeMetricFamily]:
        raise RuntimeError("broken")

    def describe(self) -> list[GaugeMetricFamily]:
        return []


def test_a_broken_registry_hides_no_other(second: CollectorRegistry) -> None:
    theirs = Gauge("their_level", ".")
    second.register(Broken())
    registry = Registry()
    try:
        assert "their_level" in names(registry.expose())
    finally:
        REGISTRY.unregister(theirs)
    assert registry.drops.read()[DropReason.COLLECTOR] == 1


def test_registries_have_a_limit_that_is_told() -> None:
    made = [CollectorRegistry() for _ in range(MAX_ATTACHED)]
    try:
        for registry in made:
            attach(registry)
        with pytest.raises(ValueError, match="make one a process"):
            attach(CollectorRegistry())
    finally:
        for registry in made:
            detach(registry)
