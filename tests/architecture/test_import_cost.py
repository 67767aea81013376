"""What importing deskwatch loads into a trading process (DESIGN, The tree)."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys, threading
import {module}
print(json.dumps({{"modules": sorted(sys.modules), "threads": threading.active_count()}}))
"""

HEAVY = {"duckdb", "numpy", "fastapi", "nicegui", "sqlalchemy", "pydantic", "yaml", "httpx", "asyncio"}


def loaded(module: str) -> tuple[set[str], int]:
    """Return the top-level modules that a fresh interpreter has after the import, and its threads."""
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)], capture_output=True, text=True, check=True
    )
    said = json.loads(answer.stdout)
    return {name.partition(".")[0] for name in said["modules"]}, said["threads"]


def test_importing_deskwatch_loads_nothing_heavy_and_starts_no_thread() -> None:
    modules, threads = loaded("deskwatch")
    assert not modules & HEAVY
    assert threads == 1


def test_the_client_loads_nothing_of_the_server() -> None:
    modules, threads = loaded("deskwatch.client")
    assert not modules & (HEAVY - {"asyncio"})
    assert threads == 1


def test_the_command_line_loads_the_server_only_when_a_command_needs_it() -> None:
    modules, _ = loaded("deskwatch.cli")
    assert not modules & {"duckdb", "numpy", "fastapi", "nicegui", "sqlalchemy"}
