from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from deskwatch.client.logs.line import MAX_LINE_BYTES, Stamp, encode

HEAD = {"timestamp": "t", "level": "INFO", "logger": "bot", "message": "m", "service": "bot"}


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_a_stamp_is_what_datetime_says_and_has_six_digits(microseconds: int) -> None:
    moment = datetime(2026, 2, 28, 23, 59, 59, microseconds, UTC)
    now_ns = int(moment.replace(microsecond=0).timestamp()) * 1_000_000_000 + microseconds * 1000
    assert Stamp()(now_ns) == moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def test_a_stamp_follows_the_clock_over_the_second_and_back() -> None:
    stamp = Stamp()
    told = [stamp(seconds * 1_000_000_000) for seconds in (1_700_000_000, 1_700_000_001, 1_700_000_000)]
    assert [text[17:19] for text in told] == ["20", "21", "20"]


def test_a_line_that_is_too_long_is_cut_to_what_the_server_keeps_and_stays_json() -> None:
    line = encode({**HEAD, "message": "\x00" * 8192, **{f"f{number}": "\x00" * 1000 for number in range(100)}})
    assert len(line) <= MAX_LINE_BYTES
    assert list(json.loads(line))[:5] == list(HEAD)


def test_a_line_just_short_enough_is_not_cut() -> None:
    fixed = len(encode({**HEAD, "x": ""}))
    line = encode({**HEAD, "x": "y" * (MAX_LINE_BYTES - fixed)})
    assert len(line) == MAX_LINE_BYTES
    assert json.loads(line)["x"] == "y" * (MAX_LINE_BYTES - fixed)


def test_what_json_cannot_say_becomes_text() -> None:
    said = json.loads(encode({**HEAD, "big": 10**40, "half": "\ud800", "nan": float("nan"), "raw": b"x"}))
    assert (said["big"], said["half"], said["nan"], said["raw"]) == (str(10**40), "?", None, "b'x'")


def test_a_line_holds_no_raw_control_character() -> None:
    line = encode({**HEAD, "message": "a\nb\r\x1b[31m\x00"})
    assert line.count(b"\n") == 1
    assert not [byte for byte in line[:-1] if byte < 0x20]
