"""Read matchers as Alertmanager writes them: ``severity="critical"``, ``{bot=~"demo.*", desk!="fx"}``.

Source:  https://prometheus.io/docs/alerting/latest/configuration/#matcher
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import re2

from deskwatch.model import Matcher, MatchOp

MAX_PATTERN_CHARS: Final = 1024  # reliability G3
MAX_MATCHER_CHARS: Final = 4096  # several patterns of full length

_NAME_AND_OP: Final = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*")
_QUOTED: Final = re.compile(r'"((?:[^"\\\n]|\\["\\n])*)"\s*')
_BARE: Final = re.compile(r'[^\s,{}"=~!\\]*')
_ESCAPE: Final = re.compile(r'\\(["\\n])')


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Return the matchers of one entry, with or without braces around them.

    Raises:
        ValueError: It is no matcher, or its pattern is no RE2; the message says what would be right.
    """
    if len(text) > MAX_MATCHER_CHARS:
        raise ValueError(f"must have at most {MAX_MATCHER_CHARS} characters, had {len(text)}")
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    return tuple(_each(inner, text))


def _each(inner: str, whole: str) -> Iterator[Matcher]:
    position = 0
    while True:
        matcher, position = _one(inner, position, whole)
        yield matcher
        if position == len(inner):
            return
        if inner[position] != ",":
            raise _malformed(whole)
        position += 1


def _one(inner: str, position: int, whole: str) -> tuple[Matcher, int]:
    head = _NAME_AND_OP.match(inner, position)
    if head is None:
        raise _malformed(whole)
    quoted = _QUOTED.match(inner, head.end())
    if quoted is not None:
        value, end = _ESCAPE.sub(_unescaped, quoted[1]), quoted.end()
    else:
        bare = _BARE.match(inner, head.end())
        value, end = (bare[0], bare.end()) if bare is not None else ("", head.end())
        end += len(inner[end:]) - len(inner[end:].lstrip())
    matcher = Matcher(head[1], MatchOp(head[2]), value)
    _check_pattern(matcher)
    return matcher, end


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _check_pattern(matcher: Matcher) -> None:
    if matcher.op not in (MatchOp.REGEX, MatchOp.NOT_REGEX):
        return
    if len(matcher.value) > MAX_PATTERN_CHARS:
        raise ValueError(f"a pattern may have at most {MAX_PATTERN_CHARS} characters, had {len(matcher.value)}")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(matcher.value, options)
    except re2.error as error:
        raise ValueError(f"{matcher.value!r} is no valid RE2 pattern: {_text_of(error)}") from None


def _malformed(text: str) -> ValueError:
    return ValueError(f"""must be matchers such as severity="critical" or bot=~"demo.*", was {text!r}""")


def _text_of(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
