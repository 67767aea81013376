from __future__ import annotations

import json
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from deskwatch.client import get_logger


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "service.log"


def lines(file: Path) -> list[dict[str, Any]]:
    assert get_logger("flusher", file).flush()
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_a_line_has_the_fixed_keys_first_and_then_the_calls_own(file: Path) -> None:
    get_logger("trading-bot", file).info("Order executed", symbol="BTC", amount=1_000_000)
    (line,) = lines(file)
    assert list(line) == ["timestamp", "level", "logger", "message", "service", "symbol", "amount"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    assert list(line.values())[1:] == ["INFO", "trading-bot", "Order executed", "trading-bot", "BTC", 1_000_000]


def test_a_context_ends_with_its_block_and_a_binding_does_not(file: Path) -> None:
    logger = get_logger("bot", file)
    logger.bind(environment="production")
    with logger.context(request_id="abc"):
        logger.warning("inside")
    logger.error("outside")
    inside, outside = lines(file)
    assert (inside["environment"], inside["request_id"]) == ("production", "abc")
    assert outside["environment"] == "production"
    assert "request_id" not in outside


def test_a_field_cannot_replace_a_fixed_key(file: Path) -> None:
    get_logger("bot", file).info("m", level="x", message="y")
    (line,) = lines(file)
    assert (line["level"], line["message"], line["level_"], line["message_"]) == ("INFO", "m", "x", "y")


@pytest.mark.parametrize(
    "value", [Hostile(), "\ud800", {1: Hostile()}, {Hostile(): 1}, [float("nan")], 10**40, b"\xff"]
)
def test_whatever_is_logged_gives_one_valid_line(file: Path, value: object) -> None:
    logger = get_logger("bot", file)
    logger.info("before", value=value)
    logger.info(value)
    assert [line["level"] for line in lines(file)] == ["INFO", "INFO"]


def test_a_closed_output_is_no_concern_of_the_caller(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()
    with file.open("w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        logger = get_logger("bot")
    logger.info("nobody listens")


def test_a_bound_value_is_the_one_of_the_moment_it_was_bound(file: Path) -> None:
    logger, legs = get_logger("bot", file), ["BTC"]
    logger.bind(legs=legs)
    legs.append("ETH")
    logger.info("m")
    assert lines(file)[0]["legs"] == ["BTC"]


def test_a_context_is_seen_by_other_loggers_but_not_by_other_threads(file: Path) -> None:
    other = get_logger("other", file)
    with get_logger("bot", file).context(request_id="abc"):
        other.info("same thread")
        thread = threading.Thread(target=other.info, args=("other thread",))
        thread.start()
        thread.join()
    assert [line.get("request_id") for line in lines(file)] == ["abc", None]


def test_an_exception_becomes_frames_without_local_variables(file: Path) -> None:
    logger = get_logger("bot", file)
    try:
        hidden = "hunter2"
        int(hidden[:0])
    except ValueError:
        logger.exception("parsing failed", symbol="BTC")
    (line,) = lines(file)
    assert (line["level"], line["symbol"], line["exception"]["type"]) == ("ERROR", "BTC", "ValueError")
    assert line["exception"]["frames"][-1]["function"].endswith("local_variables")
    assert "hunter2" not in file.read_text()
    assert "exc_info" not in line


def test_the_same_file_with_another_rotation_is_refused(file: Path) -> None:
    get_logger("bot", file)
    with pytest.raises(ValueError, match="give both the same"):
        get_logger("bot", file, rotation=None)


def test_a_file_that_cannot_be_opened_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "flat").touch()
    with pytest.raises(FileExistsError):
        get_logger("bot", tmp_path / "flat" / "service.log")
