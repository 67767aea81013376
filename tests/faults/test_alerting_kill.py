"""Reliability A1, A2, A5: SIGKILL at random moments and at every named point loses no message.

A message may come twice for a kill, when the service took it and the kill came before it was marked; the webhook's
``webhook-id`` is then the same, so that a receiver can drop it.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import deskwatch.server
from faults.collector import Collector

TESTS = Path(__file__).parent.parent
KILLS = int(os.environ.get("DESKWATCH_KILLS", "20"))  # reliability A1: 20 for a pull request, 1,000 a week
POINTS = [
    *(f"state.commit.before:{number}" for number in (1, 3, 6)),
    *(f"state.commit.after:{number}" for number in (2, 4, 7)),
    "send.before:1",
    "send.after:1",
    "mark.before:2",
    "mark.after:2",
]


def test_every_named_point_of_commit_and_send_is_among_these():
    source = Path(deskwatch.server.__file__).parent
    files = [*(source / "storage" / "state").glob("*.py"), *(source / "alerting").rglob("*.py")]
    named = {name for file in files for name in re.findall(r'fault_point\("([^"]+)"\)', file.read_text())}
    assert named == {point.partition(":")[0] for point in POINTS}


def start(directory: Path, url: str, first: int, count: int, crash_at: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(TESTS / "faults" / "alerting_let.py"), str(directory), url, str(first), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS), "DESKWATCH_CRASH_AT": crash_at},
    )


def finish(process: subprocess.Popen[str], signal_number: int) -> set[str]:
    """Send the signal and return the alerts whose publication had returned."""
    process.send_signal(signal_number)
    out, _ = process.communicate(timeout=15)
    return published(out)


def published(out: str) -> set[str]:
    return {line.split()[1] for line in out.splitlines() if line.startswith("published ")}


def wait_until_started(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "started"


def duplicates(collector: Collector) -> int:
    return sum(count - 1 for count in Counter(collector.names()).values())


def test_no_message_is_lost_when_the_server_is_killed_at_random_moments(tmp_path):
    seed = int(os.environ.get("DESKWATCH_SEED", random.SystemRandom().randrange(2**32)))
    dice = random.Random(seed)
    acknowledged: set[str] = set()
    with Collector(lambda: dice.uniform(0, 0.02)) as collector:
        for kill in range(KILLS):
            process = start(tmp_path, collector.url, kill * 20, 20)
            wait_until_started(process)
            time.sleep(dice.uniform(0, 0.25))
            acknowledged |= finish(process, signal.SIGKILL)
        process = start(tmp_path, collector.url, 0, 0)
        lost = collector.wait_for(acknowledged, 15)
        finish(process, signal.SIGTERM)
        twice = duplicates(collector)
        keys = {body["deskwatch"]["id"] for body in collector.bodies}
    print(f"seed {seed}: {KILLS} kills, {len(acknowledged)} alerts, {len(lost)} lost, {twice} twice")
    assert acknowledged
    assert lost == set(), f"seed {seed}"
    assert twice <= KILLS, f"seed {seed}"
    assert len(keys) == len(set(collector.names())), f"seed {seed}: a repeat had another webhook-id"


@pytest.mark.parametrize("point", POINTS)
def test_no_message_is_lost_when_the_server_dies_at(point, tmp_path):
    with Collector() as collector:
        process = start(tmp_path, collector.url, 0, 5, crash_at=point)
        out, _ = process.communicate(timeout=15)
        assert process.returncode == -signal.SIGKILL, "the point was not passed"
        process = start(tmp_path, collector.url, 5, 1)
        acknowledged = published(out) | {"Alert5"}
        lost = collector.wait_for(acknowledged, 10)
        finish(process, signal.SIGTERM)
        assert lost == set()
        assert duplicates(collector) <= 1


def test_sigterm_ends_in_time_with_code_0_and_leaves_the_rest_on_disk(tmp_path):
    with Collector() as collector:
        collector.status = 503
        process = start(tmp_path, collector.url, 0, 200)
        wait_until_started(process)
        assert process.stdout is not None
        acknowledged = {f"Alert{number}" for number in range(200)}
        while "Alert199" not in process.stdout.readline():
            pass
        before = time.monotonic()
        finish(process, signal.SIGTERM)
        assert time.monotonic() - before < 10
        assert process.returncode == 0
        collector.status = 200
        process = start(tmp_path, collector.url, 0, 0)
        assert collector.wait_for(acknowledged, 20) == set()
        finish(process, signal.SIGTERM)
        assert duplicates(collector) == 0


def test_a_second_server_on_the_same_directory_is_refused_in_time(tmp_path):
    with Collector() as collector:
        first = start(tmp_path, collector.url, 0, 0)
        wait_until_started(first)
        before = time.monotonic()
        second = subprocess.run(
            [sys.executable, str(TESTS / "faults" / "alerting_let.py"), str(tmp_path), collector.url, "0", "1"],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            check=False,
            timeout=15,
        )
        assert time.monotonic() - before < 5
        assert f"pid {first.pid}" in second.stderr
        assert "published" not in second.stdout
        finish(first, signal.SIGTERM)
