"""The bot outlives the monitor, and the next monitor takes it over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

MONITOR = Path(__file__).with_name("monitor.py")
BOT = "import itertools, time\nfor i in itertools.count():\n    print(i, 'x' * 1000, flush=True)\n    time.sleep(0.001)"


@pytest.fixture
def monitors() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for monitor in started:
        monitor.kill()
        monitor.wait()
        if monitor.stdout is not None:
            monitor.stdout.close()


def start(monitors: list[subprocess.Popen[str]], folder: Path) -> tuple[subprocess.Popen[str], str, int, str]:
    monitor = subprocess.Popen([sys.executable, str(MONITOR), str(folder), BOT], stdout=subprocess.PIPE, text=True)
    monitors.append(monitor)
    assert monitor.stdout is not None
    kind, pid, adopted = monitor.stdout.readline().split()
    return monitor, kind, int(pid), adopted


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def test_a_bot_prints_on_after_its_monitor_was_killed_and_is_taken_over(monitors, tmp_path):
    log = tmp_path / "demo.log"
    monitor, kind, pid, adopted = start(monitors, tmp_path)
    bot = psutil.Process(pid)
    try:
        assert (kind, adopted) == ("bot_started", "False")
        until(lambda: log.exists() and log.stat().st_size > 10_000)
        monitor.send_signal(signal.SIGKILL)
        monitor.wait()
        # More than any pipe would hold: 64 KiB by default, man 7 pipe.
        size = log.stat().st_size
        until(lambda: log.stat().st_size > size + 200_000)
        assert bot.is_running()

        _, kind, second_pid, adopted = start(monitors, tmp_path)
        assert (kind, second_pid, adopted) == ("bot_started", pid, "True")
    finally:
        os.killpg(pid, signal.SIGKILL)
        bot.wait(10)
    numbers = [int(line.split()[0]) for line in log.read_text().splitlines()[:-1]]
    assert numbers == list(range(len(numbers)))  # no line lost, one bot only
