"""The blocks of docs/logging.md run as they stand there, and leave lines with the fixed keys."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "logging.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs_and_its_lines_are_written(block: str, tmp_path: Path) -> None:
    if "loguru" in block:
        pytest.importorskip("loguru")
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for file in (tmp_path / "logs").glob("*.log") for line in file.read_text().splitlines()]
    assert lines
    assert all(list(line)[:5] == ["timestamp", "level", "logger", "message", "service"] for line in lines)
    assert "never shown" not in json.dumps(lines)
