"""Read one line of the text format with every rule: the slow way that the cache in exposition.py avoids.

Source:  https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
         https://prometheus.io/docs/specs/om/open_metrics_spec/
         prometheus/model/textparse/promlex.l for what Prometheus in fact accepts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from deskwatch.errors import ParseError
from deskwatch.model import METRIC_NAME

_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_QUOTED: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_USUAL_LABEL: Final = r'[a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*"'
_USUAL: Final = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{((?:{_USUAL_LABEL}(?:,|(?=\}})))*)\}})? ([^ \t]+)")
_USUAL_PAIR: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="([^"]*)"')
_SPACE: Final = re.compile(r"[ \t]*")
_ESCAPE: Final = re.compile(r"\\(.)")
_UNESCAPED: Final = {"n": "\n", "\\": "\\", '"': '"'}
_TIMESTAMP: Final = re.compile(r"[0-9]+")
_OM_TIMESTAMP: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")

# Go's strconv.ParseFloat less what Prometheus takes away from it (hexadecimal floats, underscores).
_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE | re.ASCII
)

MAX_SHOWN_CHARS: Final = 60  # of a line that is repeated in an error


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One sample line, taken apart.

    Attributes:
        pairs: The labels as written, with the metric name as ``__name__``.
        end: Where the series ends in the line and the value may begin.
        number: The value as text.
    """

    pairs: tuple[tuple[str, str], ...]
    end: int
    number: str


def read_series_line(line: str, *, open_metrics: bool) -> SeriesLine:
    """Take a sample line apart.

    Args:
        line: The line, without its end.
        open_metrics: Whether exemplars and fractional timestamps may follow the value.

    Raises:
        ParseError: It is no sample line; the text shows what was found.
    """
    usual = _USUAL.fullmatch(line)
    if usual is not None:
        return _usual_line(usual, line)
    position = _skip_space(line, 0)
    name = _NAME.match(line, position)
    pairs: list[tuple[str, str]] = []
    if name is not None:
        pairs.append((METRIC_NAME, name[0]))
        position = _skip_space(line, name.end())
    if line.startswith("{", position):
        position = _read_labels(line, position + 1, pairs)
    if not _has_name(pairs):
        raise _unexpected("a metric name", line, position)
    _refuse_doubles(pairs, line)
    end = name.end() if name is not None and len(pairs) == 1 and line[name.end() : position].strip() == "" else position
    return SeriesLine(tuple(pairs), end, _read_number(line, position, open_metrics=open_metrics))


def _usual_line(usual: re.Match[str], line: str) -> SeriesLine:
    # What client libraries write: no escapes, no timestamp, one space. A fifth of the time of the general way.
    name, labels, number = usual.groups()
    pairs = [(METRIC_NAME, name), *_USUAL_PAIR.findall(labels or "")]
    _refuse_doubles(pairs, line)
    return SeriesLine(tuple(pairs), usual.start(3) - 1, number)


def parse_number(text: str) -> float:
    """Return the value.

    Raises:
        ParseError: It is no number that Prometheus would take, or too large for one.
    """
    if not _NUMBER.fullmatch(text):
        raise ParseError(f"a value must be a number such as 1.5, +Inf or NaN, was {shown(text)}")
    value = float(text)
    if math.isinf(value) and "n" not in text.lower():
        raise ParseError(f"the value {shown(text)} is out of range for a 64-bit float")
    return value


def shown(text: str) -> str:
    """Return the text as it may stand in an error: quoted, cut, without control characters."""
    cut = text if len(text) <= MAX_SHOWN_CHARS else text[:MAX_SHOWN_CHARS] + "…"
    return repr(cut)


def _skip_space(line: str, position: int) -> int:
    match = _SPACE.match(line, position)
    return match.end() if match is not None else position


def _read_labels(line: str, position: int, pairs: list[tuple[str, str]]) -> int:
    """Read up to the closing brace and return the place behind it."""
    position = _skip_space(line, position)
    while not line.startswith("}", position):
        position = _skip_space(line, _read_label(line, position, pairs))
        if line.startswith(",", position):
            position = _skip_space(line, position + 1)
        elif pairs[-1][0] == METRIC_NAME and not line.startswith("}", position):
            # Prometheus asks for the comma behind a quoted name only, not between two labels.
            raise _unexpected("',' or '}'", line, position)
    return position + 1


def _read_label(line: str, position: int, pairs: list[tuple[str, str]]) -> int:
    quoted = _QUOTED.match(line, position)
    bare = _LABEL_NAME.match(line, position)
    found = quoted or bare
    if found is None:
        raise _unexpected("a label name", line, position)
    name = _unescape(quoted[1]) if quoted is not None else found[0]
    position = _skip_space(line, found.end())
    if not line.startswith("=", position):
        if quoted is None or _has_name(pairs):
            raise _unexpected("'='", line, position)
        pairs.append((METRIC_NAME, name))  # {"a name in UTF-8", label="…"}, since Prometheus 3
        return position
    if name == METRIC_NAME:
        raise ParseError(f"a metric is not named by the label {METRIC_NAME}, as in {shown(line)}")
    value = _QUOTED.match(line, _skip_space(line, position + 1))
    if value is None:
        raise _unexpected("a value in double quotes", line, position + 1)
    pairs.append((name, _unescape(value[1])))
    return value.end()


def _has_name(pairs: list[tuple[str, str]]) -> bool:
    return any(name == METRIC_NAME for name, _ in pairs)


def _unescape(text: str) -> str:
    # An unknown escape stands for itself, as in Prometheus's lvalReplacer.
    return _ESCAPE.sub(lambda match: _UNESCAPED.get(match[1], match[0]), text) if "\\" in text else text


def _refuse_doubles(pairs: list[tuple[str, str]], line: str) -> None:
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"the label {double!r} stands twice in {shown(line)}")


def _read_number(line: str, position: int, *, open_metrics: bool) -> str:
    words = list(_words(line[position:]))
    if open_metrics:
        words = words[: words.index("#")] if "#" in words else words
    if not words or len(words) > 2:
        raise _unexpected("a value and at most a timestamp", line, position)
    timestamp = _OM_TIMESTAMP if open_metrics else _TIMESTAMP
    if len(words) == 2 and not timestamp.fullmatch(words[1]):
        raise ParseError(f"a timestamp must be a whole number of milliseconds, was {shown(words[1])}")
    return words[0]


def _words(text: str) -> Iterator[str]:
    # Not str.split(): only space and tab separate, a form feed does not.
    return (word for word in text.replace("\t", " ").split(" ") if word)


def _unexpected(wanted: str, line: str, position: int) -> ParseError:
    found = shown(line[position:]) if position < len(line) else "the end of the line"
    return ParseError(f"expected {wanted} at character {position + 1}, found {found}")
