from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deskwatch.client.logs.adapters import StandardHandler


@pytest.fixture
def handler(tmp_path: Path) -> StandardHandler:
    return StandardHandler("my-service", tmp_path / "service.log")


@pytest.fixture
def logger(handler: StandardHandler) -> Iterator[logging.Logger]:
    made = logging.getLogger("desk.orders")
    made.addHandler(handler)
    made.setLevel(logging.DEBUG)
    yield made
    made.removeHandler(handler)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.log"


def lines(handler: StandardHandler, file: Path) -> list[dict[str, Any]]:
    handler.flush()
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_a_call_gives_the_line_that_our_own_logger_would_give(
    logger: logging.Logger, handler: StandardHandler, file: Path
) -> None:
    logger.warning("filled %d of %s", 3, "BTC", extra={"symbol": "BTC", "api_key": "k"})
    (line,) = lines(handler, file)
    assert list(line) == ["timestamp", "level", "logger", "message", "service", "symbol", "api_key"]
    assert list(line.values())[1:] == [
        *("WARNING", "desk.orders", "filled 3 of BTC", "my-service"),
        *("BTC", "[redacted]"),
    ]


def test_an_exception_is_told_as_frames(logger: logging.Logger, handler: StandardHandler, file: Path) -> None:
    try:
        int("x")
    except ValueError:
        logger.exception("failed")
    logger.error("no exception here", exc_info=True)  # noqa: LOG014  (the mistake is the test)
    failed, other = lines(handler, file)
    assert failed["exception"]["type"] == "ValueError"
    assert "exception" not in other
    assert "exc_text" not in failed


def test_arguments_that_do_not_fit_leave_the_message(handler: StandardHandler, file: Path) -> None:
    handler.handle(logging.makeLogRecord({"msg": "%d lots", "args": ("many",)}))  # pytest's own handler would raise
    assert lines(handler, file)[0]["message"] == "%d lots"


def test_no_lock_is_taken(handler: StandardHandler) -> None:
    assert handler.lock is None
