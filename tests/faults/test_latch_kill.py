"""Killed at any moment, a guard whose trip has returned is latched (reliability, E5)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from deskwatch.client.guard import GuardState, latch

KILLS = int(os.environ.get("DESKWATCH_LATCH_KILLS", "20"))  # 100 before a release
SEED = 20_220_124

TRIPPING = """
import sys
from deskwatch.client.guard import Guard, MaxDrawdown, Readings
guard = Guard([MaxDrawdown(0.1)], latch_path=sys.argv[1])
while True:
    print("tripping", flush=True)
    guard.check(Readings(80.0, 0.2))
    print("tripped", flush=True)
    guard.reset("the test goes on")
"""


def test_kills_in_the_middle_of_tripping_and_resetting(tmp_path: Path) -> None:
    random_ = random.Random(SEED)
    said_last = []
    for number in range(KILLS):
        path = latch.path_in(tmp_path, f"kill-{number}")
        bot = subprocess.Popen([sys.executable, "-c", TRIPPING, str(path)], stdout=subprocess.PIPE, text=True)
        assert bot.stdout is not None
        # Half of them in the trip, half in the reset, however slow the disk is.
        begun = ["tripping", "tripped"] if number % 2 else ["tripping"]
        assert [bot.stdout.readline().strip() for _ in begun] == begun
        time.sleep(random_.uniform(0, 0.002 if number % 2 else 0.02))
        bot.send_signal(signal.SIGKILL)
        said = [*begun, *bot.stdout.read().split()]
        bot.stdout.close()
        bot.wait()
        found = latch.read(path)
        said_last.append(said[-1])
        # Never half of one: what is on disk is a whole trip, a whole reset, or what was there before.
        assert found.limit != "latch", (number, found)
        trips, resets = said.count("tripped"), said.count("tripping") - 1
        if found.state is GuardState.ACTIVE:
            # Open only if the reset of the last trip that returned is on disk whole.
            assert found.epoch == trips, (number, said, found)
        else:
            assert found.epoch >= resets, (number, said, found)
    assert len(set(said_last)) == 2, "the kills did not meet both phases"


TRIP_ONCE = """
import os, signal, sys
from deskwatch.client.guard import Guard, MaxDrawdown, Readings
guard = Guard([MaxDrawdown(0.1)], latch_path=sys.argv[1])
guard.check(Readings(80.0, 0.2))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_right_after_the_trip_it_starts_latched(tmp_path: Path) -> None:
    path = latch.path_in(tmp_path)
    killed = subprocess.run([sys.executable, "-c", TRIP_ONCE, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (latch.read(path).state, latch.read(path).limit) == (GuardState.HALTED, "max_drawdown")
