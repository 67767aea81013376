from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deskwatch.client import get_logger
from deskwatch.client.logs.adapters import add_to_loguru
from deskwatch.errors import MissingExtraError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.log"


@pytest.fixture
def logger(file: Path) -> Iterator[Any]:
    loguru = pytest.importorskip("loguru")
    loguru.logger.remove()
    added = add_to_loguru("my-service", file)
    yield loguru.logger
    loguru.logger.remove(added)


def lines(file: Path) -> list[dict[str, Any]]:
    assert get_logger("flusher", file).flush()
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_a_call_gives_the_line_that_our_own_logger_would_give(logger: Any, file: Path) -> None:
    with logger.contextualize(request_id="abc"):
        logger.bind(environment="production").success("filled {symbol}", symbol="BTC", password="hunter2")
    (line,) = lines(file)
    assert list(line)[:5] == ["timestamp", "level", "logger", "message", "service"]
    assert list(line.values())[1:5] == ["INFO", __name__, "filled BTC", "my-service"]
    own = {"request_id": "abc", "environment": "production", "symbol": "BTC", "password": "[redacted]"}
    assert {name: line[name] for name in list(line)[5:]} == own


def test_an_exception_is_told_as_frames_without_local_variables(logger: Any, file: Path) -> None:
    hidden = "hunter2"
    try:
        int(hidden)
    except ValueError:
        logger.exception("failed")
    assert lines(file)[0]["exception"]["frames"][-1]["function"].endswith("local_variables")
    assert "hidden" not in file.read_text()


def test_without_loguru_it_says_what_to_install(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "loguru", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'deskwatch\[loguru\]'"):
        add_to_loguru("my-service", file)
