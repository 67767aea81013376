from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import structlog

from deskwatch.client.logs.adapters import StructlogProcessor


@pytest.fixture
def processor(tmp_path: Path) -> StructlogProcessor:
    return StructlogProcessor("my-service", tmp_path / "service.log")


@pytest.fixture
def logger(processor: StructlogProcessor) -> Any:
    processors = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso"), processor]
    return structlog.wrap_logger(structlog.PrintLogger(), processors=processors)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.log"


def lines(processor: StructlogProcessor, file: Path) -> list[dict[str, Any]]:
    assert processor.flush()
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_a_call_gives_the_line_that_our_own_logger_would_give(
    logger: Any, processor: StructlogProcessor, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.bind(environment="production").warn("filled", symbol="BTC", password="hunter2")
    (line,) = lines(processor, file)
    fixed = ["timestamp", "level", "logger", "message", "service"]
    assert list(line) == [*fixed, "environment", "symbol", "password"]
    assert list(line.values())[1:5] == ["WARNING", "my-service", "filled", "my-service"]
    assert line["password"] == "[redacted]"
    assert capsys.readouterr().out == ""


def test_the_name_that_a_processor_gave_is_the_logger(logger: Any, processor: StructlogProcessor, file: Path) -> None:
    logger.info("filled", logger="desk.orders")
    assert lines(processor, file)[0]["logger"] == "desk.orders"


def test_an_exception_is_told_as_frames(logger: Any, processor: StructlogProcessor, file: Path) -> None:
    try:
        int("x")
    except ValueError as error:
        logger.error("failed", exc_info=True)  # noqa: G201  (one of three ways)
        logger.error("failed", exc_info=error)  # noqa: TRY400
        logger.exception("failed")
    logger.error("failed")
    told = [line.get("exception", {}).get("type") for line in lines(processor, file)]
    assert told == ["ValueError", "ValueError", "ValueError", None]
