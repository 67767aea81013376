"""``deskwatch guard``: a latch is shown, and opened only by a person who says why and types the name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.client.guard import GuardState, LatchState, latch

TRIPPED = LatchState(GuardState.HALTED, 0, "max_drawdown", "drawdown of 15.11%", 0.1511, 0.15, 1_640_995_200_000)


@pytest.fixture
def latched(tmp_path: Path) -> Path:
    """A folder with the latch of a halted bot."""
    path = latch.path_in(tmp_path / "deskwatch-data/bots/alpha")
    latch.prepare(path)
    latch.write(path, TRIPPED)
    return tmp_path


def guard(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deskwatch", "guard", *arguments, "--bot", "alpha"]
    return subprocess.run(command, cwd=folder, input=typed, capture_output=True, text=True, timeout=30, check=False)


def test_a_latch_is_shown_with_its_reason_and_exit_code_1(latched: Path) -> None:
    shown = guard(latched, "status")
    assert shown.returncode == 1
    assert "HALTED" in shown.stderr
    assert "drawdown of 15.11%" in shown.stderr
    said = json.loads(guard(latched, "status", "--json").stdout)
    assert (said["guard"], said["state"], said["epoch"], said["limit"]) == ("default", "HALTED", 0, "max_drawdown")


def test_opening_takes_the_name_typed_and_a_new_epoch(latched: Path) -> None:
    refused = guard(latched, "reset", "--reason", "reviewed", typed="beta\n")
    assert refused.returncode == 2
    assert "must be 'alpha', was 'beta'; nothing was changed" in refused.stderr
    assert guard(latched, "status").returncode == 1
    opened = guard(latched, "reset", "--reason", "reviewed", typed="alpha\n")
    assert opened.returncode == 0, opened.stderr
    assert guard(latched, "status").returncode == 0
    found = latch.read(latch.path_in(latched / "deskwatch-data/bots/alpha"))
    assert (found.state, found.epoch, found.reason) == (GuardState.ACTIVE, 1, "reviewed")


def test_a_latch_whose_file_somebody_deleted_is_still_shown_as_halted(latched: Path) -> None:
    latch.path_in(latched / "deskwatch-data/bots/alpha").unlink()
    assert guard(latched, "status").returncode == 1


def test_a_bot_without_a_latch_has_nothing_to_open(tmp_path: Path) -> None:
    assert guard(tmp_path, "status").returncode == 0
    refused = guard(tmp_path, "reset", "--reason", "x", "--yes")
    assert refused.returncode == 2
    assert "'alpha' has no latch to open" in refused.stderr
