"""Matchers are anchored, read an absent label as empty, and cannot hold up the process."""

from __future__ import annotations

import time

import pytest

from deskwatch.errors import ParseError
from deskwatch.model import Matcher, MatchOp
from deskwatch.server.matching import compile_matcher, compile_matchers


@pytest.mark.parametrize(
    ("op", "pattern", "value", "holds"),
    [
        ("=", "a", "a", True),
        ("!=", "a", "", True),
        ("=~", "a|b", "b", True),
        ("=~", "a", "ab", False),
        ("=~", ".*", "", True),
        ("=~", "a.b", "a\nb", True),
        ("!~", "a.*", "abc", False),
        ("!~", "a", "ab", True),
    ],
)
def test_a_matcher_holds_as_in_prometheus(op: str, pattern: str, value: str, holds: bool) -> None:
    assert compile_matcher(Matcher("x", MatchOp(op), pattern))(value) is holds


def test_an_absent_label_is_the_empty_value() -> None:
    assert compile_matchers([Matcher("x", MatchOp.EQUAL, "")])({"y": "1"})


@pytest.mark.parametrize("pattern", ["(", "a" * 1025, r"(?=x)"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(ParseError):
        compile_matcher(Matcher("x", MatchOp.REGEX, pattern))


def test_a_pattern_that_stops_pythons_re_does_not_stop_us() -> None:
    matcher = compile_matcher(Matcher("x", MatchOp.REGEX, "(a+)+$"))
    started = time.process_time()
    assert matcher("a" * 100_000 + "b") is False
    assert time.process_time() - started < 5  # re needs longer than the age of the universe
