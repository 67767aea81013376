from __future__ import annotations

import os
import sys

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client import Registry
from deskwatch.client.service import HostMetrics
from deskwatch.client.service.host import _Totals
from deskwatch.errors import MissingExtraError


def read(registry: Registry) -> dict[tuple[str, ...], float]:
    text = registry.expose(with_prometheus_client=False).decode()
    families = text_string_to_metric_families(text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_the_machine_is_read_at_each_scrape() -> None:
    registry = Registry()
    host = HostMetrics(registry)
    got = read(registry)
    assert got[("host_memory_total_bytes",)] == psutil.virtual_memory().total
    assert got[("host_cpu_count",)] == os.cpu_count()
    assert got[("host_disk_total_bytes", "/")] == psutil.disk_usage("/").total
    assert 0 <= got[("host_cpu_usage_ratio",)] <= 1
    assert 0 < got[("host_memory_usage_ratio",)] < 1
    assert 0 < got[("host_disk_usage_ratio", "/")] <= 1
    assert got[("host_load1",)] >= 0
    received = psutil.net_io_counters(pernic=True)["lo"].bytes_recv
    assert got[("host_network_receive_bytes_total", "lo")] <= received
    assert read(registry)[("host_network_receive_bytes_total", "lo")] >= got[("host_network_receive_bytes_total", "lo")]
    del host
    assert ("host_load1",) in read(registry)


def test_a_disk_that_is_not_there_is_counted_and_hides_nothing_else() -> None:
    registry = Registry()
    host = HostMetrics(registry, disks=("/not/there",))
    got = read(registry)
    assert registry.drops.read()["collector"] == 1
    assert got[("host_memory_total_bytes",)] > 0
    assert any(name == "host_network_receive_bytes_total" for name, *_ in got)
    host.after_fork()
    read(registry)
    assert registry.drops.read()["collector"] == 1


def test_a_total_that_began_anew_goes_on_from_there() -> None:
    counter, totals = Registry().counter("x_total", "x"), _Totals()
    for total in (100, 150, 150, 20, 25):
        totals.raise_to(counter, ("x",), total)
    assert counter.read() == 100 + 50 + 0 + 20 + 5


def test_without_psutil_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[host\]"):
        HostMetrics(Registry())
