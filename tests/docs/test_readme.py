"""The blocks of the README run as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.config import loads

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("python"))
def test_a_python_block_runs(block: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", blocks("yaml"))
def test_a_settings_block_loads(block: str, tmp_path: Path) -> None:
    settings = loads(block, tmp_path / "deskwatch.yaml", {"TELEGRAM_BOT_TOKEN": "1:x"})
    assert settings.alerting.receivers[0].channels == ("phone",)


def test_every_make_target_and_command_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    lines = [line for block in blocks("console") for line in block.splitlines()]
    targets = {shlex.split(line)[1] for line in lines if line.startswith("make ")}
    assert targets == {"demo", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    commands = {shlex.split(line)[1] for line in lines if line.startswith("deskwatch ")}
    help_text = subprocess.run(
        [sys.executable, "-m", "deskwatch", "--help"], capture_output=True, text=True, check=True
    )
    assert commands
    assert all(f" {command} " in help_text.stdout for command in commands)
