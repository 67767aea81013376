"""The main job, end to end, on real prices: the issue's own command."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence

STORY = [
    "bot_started",
    "first_fill",
    "warning_fired",
    "page_delivered",
    "guard_tripped",
    "position_flat_verified",
    "resolved",
]

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


def test_the_demo_tells_its_story_in_order(deskwatch: Run) -> None:
    done = deskwatch(["demo", "--headless", "--json", "--until", "resolved"])
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["step"] for event in events if event["step"]] == STORY
    # The order is that of the commits; a stamp is taken a moment earlier.
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    by_step = {event["step"]: event["detail"] for event in events if event["step"]}
    assert by_step["guard_tripped"]["threshold"] == 0.15
    assert by_step["guard_tripped"]["value"] > 0.15
    assert by_step["position_flat_verified"] == {
        "verdict": "flat",
        "reported": {"BTC-PERP": "0"},
        "sum_of_fills": {"BTC-PERP": "0"},
    }


def test_a_step_that_does_not_exist_is_refused_with_those_that_do(deskwatch: Run) -> None:
    done = deskwatch(["demo", "--until", "resolvd"])
    assert done.returncode == 2
    assert "must be one of bot_started, first_fill" in done.stderr
    assert "'resolvd'" in done.stderr
