"""The code blocks of the pages in docs, so that tests can run what users copy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def doc_blocks(page: str, language: str = "python") -> list[str]:
    """Return the code blocks of one language of a page, such as ``docs/logging.md``."""
    text = (ROOT / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run_block(
    block: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_seconds: float = 60,
    python: str = sys.executable,
) -> subprocess.CompletedProcess[str]:
    """Run a block as a script of its own, in an empty folder."""
    return subprocess.run(
        [python, "-c", block],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
