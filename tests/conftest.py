"""What all tests share: the async backend, and the real programs that some of them need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

VARIABLES = {
    "prometheus": "DESKWATCH_PROMETHEUS",
    "promtool": "DESKWATCH_PROMTOOL",
    "alertmanager": "DESKWATCH_ALERTMANAGER",
    "chromium": "DESKWATCH_CHROMIUM",
    "pushgateway": "DESKWATCH_PUSHGATEWAY",
    "nautilus": "DESKWATCH_NAUTILUS_PYTHON",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def real_program() -> Callable[[str], str]:
    """Return the path of a real program; without it the test is left out, or fails where it is required."""

    def find(name: str) -> str:
        path = os.environ.get(VARIABLES[name]) or (name == "chromium" and shutil.which("chromium"))
        if path:
            return str(path)
        missing = f"{name} is not here: run make tools"
        if os.environ.get("DESKWATCH_REQUIRE_REAL"):
            pytest.fail(missing)
        pytest.skip(missing)

    return find
