from __future__ import annotations

import fcntl
import math
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client.metrics import Registry
from deskwatch.client.metrics.totals import MAX_LINES, Totals

AWKWARD = 'quote" le="1" backslash\\ newline\n brace} # space'


def one_run(rows: float, seconds: float, level: float, buckets: tuple[float, ...] = (0.1, 1)) -> bytes:
    registry = Registry()
    registry.counter("rows_total", "Rows.", ("table",)).labels(AWKWARD).inc(rows)
    registry.histogram("load_seconds", "Load.", buckets=buckets).observe(seconds)
    registry.gauge("level", "Level.").set(level)
    return registry.expose(with_prometheus_client=False)


def value(text: bytes, name: str, **labels: str) -> float:
    found = [
        sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name == name and (not labels or sample.labels == labels)
    ]
    assert len(found) == 1
    return found[0]


def test_counts_add_up_over_processes_and_a_gauge_is_the_last(tmp_path: Path) -> None:
    for rows, seconds, level in ((3, 0.05, 7), (4, 0.5, 5)):
        text = Totals(tmp_path / "t.prom").add(one_run(rows, seconds, level))
    assert value(text, "rows_total", table=AWKWARD) == 7
    assert value(text, "load_seconds_count") == 2
    assert value(text, "load_seconds_sum") == 0.55
    assert value(text, "load_seconds_bucket", le="0.1") == 1
    assert value(text, "load_seconds_bucket", le="+Inf") == 2
    assert value(text, "level") == 5
    assert (tmp_path / "t.prom").read_bytes() == text


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_the_sum_is_that_of_all_runs(tmp_path_factory: pytest.TempPathFactory, runs: list[int]) -> None:
    totals = Totals(tmp_path_factory.mktemp("totals") / "t.prom")
    for rows in runs:
        text = totals.add(one_run(rows, 1, 0))
    assert value(text, "rows_total", table=AWKWARD) == math.fsum(runs)


def test_other_buckets_begin_anew_and_leave_the_counters(tmp_path: Path) -> None:
    totals = Totals(tmp_path / "t.prom")
    totals.add(one_run(1, 0.5, 0))
    text = totals.add(one_run(1, 0.5, 0, buckets=(0.1, 1, 10)))
    assert value(text, "load_seconds_count") == 1
    assert value(text, "rows_total", table=AWKWARD) == 2


def test_another_kind_begins_anew(tmp_path: Path) -> None:
    totals = Totals(tmp_path / "t.prom")
    totals.add(b"# TYPE x counter\nx 5\n")
    assert value(totals.add(b"# TYPE x gauge\nx 2\n"), "x") == 2


@pytest.mark.parametrize(
    "damage", [b"", b"\x00\x01nothing\n", b"# TYPE rows_total counter\nrows_total{ab", b"# TYPE\n\n"]
)
def test_a_damaged_file_begins_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "t.prom").write_bytes(damage)
    assert value(Totals(tmp_path / "t.prom").add(one_run(3, 1, 0)), "rows_total", table=AWKWARD) == 3


def test_the_file_has_a_limit(tmp_path: Path) -> None:
    lines = "".join(f'x{{i="{number}"}} 1\n' for number in range(MAX_LINES + 5))
    totals = Totals(tmp_path / "t.prom")
    totals.add(b"# TYPE x counter\n" + lines.encode())
    text = totals.add(b'# TYPE y counter\ny 1\n# TYPE x counter\nx{i="0"} 1\n')
    assert text.count(b"\nx{") == MAX_LINES
    assert b"\ny 1.0" not in text
    assert b'\nx{i="0"} 2.0\n' in text


def test_who_cannot_have_the_file_gives_up_and_leaves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    totals = Totals(tmp_path / "t.prom")
    before = totals.add(one_run(3, 1, 0))
    monkeypatch.setattr("deskwatch.client.metrics.totals.LOCK_SECONDS", 0.05)
    with (tmp_path / ".t.prom.lock").open("w") as held:
        fcntl.flock(held.fileno(), fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match=r"t\.prom\.lock"):
            totals.add(one_run(3, 1, 0))
    assert (tmp_path / "t.prom").read_bytes() == before


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    def child() -> None:
        for _ in range(25):
            Totals(tmp_path / "t.prom").add(one_run(1, 1, 0))

    pids = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            child()
            os._exit(0)
        pids.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 4
    assert value((tmp_path / "t.prom").read_bytes(), "rows_total", table=AWKWARD) == 100


def test_promtool_finds_nothing_wrong(tmp_path: Path, real_program: Callable[[str], str]) -> None:
    Totals(tmp_path / "t.prom").add(one_run(3, 1, 0))
    text = Totals(tmp_path / "t.prom").add(one_run(3, 1, math.nan))
    checked = subprocess.run(
        [real_program("promtool"), "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, b"")
