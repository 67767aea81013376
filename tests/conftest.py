"""What all tests share: the async backend, and the real programs that some of them need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from services import postgres_server, redis_server

VARIABLES = {
    "prometheus": "DESKWATCH_PROMETHEUS",
    "promtool": "DESKWATCH_PROMTOOL",
    "alertmanager": "DESKWATCH_ALERTMANAGER",
    "chromium": "DESKWATCH_CHROMIUM",
    "redis": "DESKWATCH_REDIS",
    "postgres": "DESKWATCH_POSTGRES",
    "postgres_exporter": "DESKWATCH_POSTGRES_EXPORTER",
    "redis_exporter": "DESKWATCH_REDIS_EXPORTER",
    "node_exporter": "DESKWATCH_NODE_EXPORTER",
    "pushgateway": "DESKWATCH_PUSHGATEWAY",
    "airflow": "DESKWATCH_AIRFLOW",
    "freqtrade": "DESKWATCH_FREQTRADE",
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


@pytest.fixture(scope="session")
def redis_url(real_program: Callable[[str], str]) -> Iterator[str]:
    """The URL of a real Redis that all tests of the run share; use a database number or key names of your own."""
    with redis_server(real_program("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(real_program: Callable[[str], str]) -> Iterator[str]:
    """The URL of a real PostgreSQL that all tests of the run share; make a database or tables of your own."""
    with postgres_server(real_program("postgres")) as url:
        yield url
