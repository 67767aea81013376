"""The host as it is read here, beside a real node_exporter that reads the same one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from deskwatch.client import HostMetrics, Registry
from doc_blocks import ROOT, doc_blocks, run_block
from exposed import parsed, samples
from services import metrics_program


@pytest.mark.real
def test_the_figures_are_those_of_node_exporter(real_program: Callable[[str], str]) -> None:
    registry = Registry()
    host = HostMetrics(registry)
    with metrics_program(real_program("node_exporter")) as url, urlopen(url, timeout=10) as answer:
        node, ours = parsed(answer.read().decode()), samples(registry)
    del host
    assert ours["host_memory_total_bytes"] == node["node_memory_MemTotal_bytes"]
    used = node["node_memory_MemTotal_bytes"] - node["node_memory_MemAvailable_bytes"]
    assert ours["host_memory_used_bytes"] == pytest.approx(used, rel=0.2)
    assert ours["host_load5"] == pytest.approx(node["node_load5"], abs=0.5)
    assert ours["host_load15"] == pytest.approx(node["node_load15"], abs=0.5)
    theirs = {series: value for series, value in node.items() if series.startswith("node_network_receive_bytes_total")}
    for series, value in theirs.items():  # it leaves loopback out
        assert ours[series.replace("node_", "host_", 1)] == pytest.approx(value, rel=0.1, abs=1e6)
    cores = {series for series in node if series.startswith("node_cpu_seconds_total") and "mode=idle" in series}
    assert ours["host_cpu_count"] == len(cores)


def test_the_documented_example_runs(tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/host.md")
    done = run_block(block, tmp_path)
    assert done.returncode == 0, done.stderr
    page = (ROOT / "docs/integrations/host.md").read_text()
    exposed = {series.partition("{")[0] for series in parsed(done.stdout) if series.startswith("host_")}
    assert len(exposed) == 17
    assert not [name for name in exposed if name not in page]
