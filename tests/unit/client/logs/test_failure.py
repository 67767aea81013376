from __future__ import annotations

import traceback

from deskwatch.client.logs.failure import MAX_FRAMES, exception_of, structured


def raised(depth: int = 0) -> Exception:
    try:
        fall(depth)
    except ValueError as error:
        return error
    raise AssertionError


def fall(depth: int) -> None:
    if depth:
        fall(depth - 1)
    raise ValueError("bad price: password=hunter2")


def test_frames_are_those_that_the_traceback_module_finds() -> None:
    error = raised(2)
    frames = structured(error)["frames"]
    expected = [(frame.filename, frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    assert [tuple(frame.values()) for frame in frames] == expected  # type: ignore[attr-defined]


def test_a_secret_in_the_message_is_masked() -> None:
    assert structured(raised())["message"] == "bad price: password=[redacted]"


def test_only_the_innermost_frames_of_a_deep_fall_are_kept() -> None:
    frames = structured(raised(200))["frames"]
    assert len(frames) == MAX_FRAMES  # type: ignore[arg-type]
    assert {frame["function"] for frame in frames} == {"fall"}  # type: ignore[attr-defined]


def test_the_cause_is_told_and_a_circle_of_causes_ends() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    told = structured(first)
    assert (told["type"], told["cause"]["type"], told["cause"].get("cause")) == ("ValueError", "KeyError", None)  # type: ignore[index, attr-defined]


def test_exc_info_is_read_as_the_standard_library_reads_it() -> None:
    error = raised()
    assert exception_of(error) is error
    assert exception_of((type(error), error, None)) is error
    assert exception_of((None, None, None)) is None
    assert exception_of(True) is None
    assert exception_of(None) is None
    try:
        raise error
    except ValueError:
        assert exception_of(True) is error
