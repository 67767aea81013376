"""Compile label matchers with RE2.

A user's pattern never meets Python's ``re``: a bad one would hold the interpreter and stop every thread,
while RE2 runs in time linear in its input (https://github.com/google/re2/wiki/WhyRE2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import re2

from deskwatch.errors import ParseError
from deskwatch.model import Matcher, MatchOp

MAX_PATTERN_CHARS = 1024  # reliability G3: a pattern is at most 1 KiB


@lru_cache(maxsize=4096)
def compile_matcher(matcher: Matcher) -> Callable[[str], bool]:
    """Return a predicate on the label's value; patterns are anchored at both ends, as in Prometheus.

    Raises:
        ParseError: The pattern is not valid RE2, or longer than 1 KiB.
    """
    value = matcher.value
    match matcher.op:
        case MatchOp.EQUAL:
            return lambda text: text == value
        case MatchOp.NOT_EQUAL:
            return lambda text: text != value
        case MatchOp.REGEX:
            pattern = _compile(value)
            return lambda text: pattern.fullmatch(text) is not None
        case MatchOp.NOT_REGEX:
            pattern = _compile(value)
            return lambda text: pattern.fullmatch(text) is None


def compile_matchers(matchers: Sequence[Matcher]) -> Callable[[Mapping[str, str]], bool]:
    """Return a predicate on labels: every matcher must hold, and an absent label is the empty value."""
    tests = [(matcher.name, compile_matcher(matcher)) for matcher in matchers]
    return lambda labels: all(test(labels.get(name, "")) for name, test in tests)


def _compile(value: str) -> re2._Regexp:
    if len(value) > MAX_PATTERN_CHARS:
        raise ParseError(f"a pattern may have at most {MAX_PATTERN_CHARS} characters, had {len(value)}")
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True  # Prometheus compiles ^(?s:…)$
    try:
        return re2.compile(value, options)
    except re2.error as error:
        raise ParseError(f"not a valid RE2 pattern: {value!r}: {error}") from None
