"""Read the short notation of series: ``up{job="bot"}`` and ``0 0 1+1x5 _ stale``.

Source:  https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

from __future__ import annotations

import re
from typing import Final

from deskwatch.errors import ParseError
from deskwatch.model import METRIC_NAME, Labels, MatchOp
from deskwatch.model.sample import STALE_NAN
from deskwatch.server.promql import check
from deskwatch.server.promql.ast import Selector

MAX_VALUES: Final = 1_000_000
"""Of one series; ``0x1000000000`` would otherwise fill the memory."""

# In this notation a number has no hexadecimal form: 0x10 is eleven zeros. A word runs on over an x: Infx2 is no item.
_DIGITS: Final = r"(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)"
_NUMBER: Final = rf"(?:{_DIGITS}|[iI][nN][fF]|[nN][aA][nN])"
_ITEM: Final = re.compile(
    rf"(?P<blank>_)(?:x(?P<blanks>[0-9]+))?"
    rf"|(?P<word>stale|[+-]?{_NUMBER})"
    rf"|(?P<first>[+-]?(?:{_NUMBER}(?=[+-])|{_DIGITS}))(?P<step>[+-]{_DIGITS})?x(?P<times>[0-9]+)"
)


def parse_values(text: str) -> list[float | None]:
    """Return the values, ``None`` where there is none.

    Raises:
        ParseError: Names the item that cannot be read.
    """
    values: list[float | None] = []
    for item in text.split():
        values += _values_of(item)
        if len(values) > MAX_VALUES:
            raise ParseError(f"a series has at most {MAX_VALUES} values, {item!r} goes beyond")
    return values


def parse_series(text: str) -> Labels:
    """Return the labels of a series; ``{}`` and the empty text are a series without any.

    Raises:
        ParseError: It is not a name with labels.
    """
    if text.replace(" ", "") in ("", "{}"):
        return Labels()
    tree = check(text)
    plain = isinstance(tree, Selector) and not tree.offset_ms and tree.at is None
    if not plain or any(matcher.op is not MatchOp.EQUAL for matcher in tree.matchers):  # type: ignore[union-attr]
        raise ParseError(f'a series is a name with labels, such as up{{job="bot"}}, was {text!r}')
    return Labels({matcher.name: matcher.value for matcher in tree.matchers})  # type: ignore[union-attr]


def series_text(labels: Labels) -> str:
    """Return the labels as ``parse_series`` reads them."""
    inner = ", ".join(f'{name}="{value}"' for name, value in labels.pairs if name != METRIC_NAME)
    return f"{labels.name}{{{inner}}}"


def _values_of(item: str) -> list[float | None]:
    found = _ITEM.fullmatch(item)
    if item.startswith("{{"):
        raise ParseError("native histograms are not supported")
    if found is None:
        raise ParseError(f"an item is a number, a+bxn, a-bxn, axn, _, _xn or stale, was {item!r}")
    if max(int(found["times"] or 0), int(found["blanks"] or 0)) > MAX_VALUES:
        raise ParseError(f"a series has at most {MAX_VALUES} values, was {item!r}")
    if found["blank"]:
        return [None] * int(found["blanks"] or 1)
    if found["word"]:
        return [STALE_NAN if found["word"] == "stale" else float(found["word"])]
    return _rising(float(found["first"]), float(found["step"] or 0.0), int(found["times"]) + 1)


def _rising(first: float, step: float, count: int) -> list[float | None]:
    values: list[float | None] = []
    for _ in range(count):
        values.append(first)
        first += step  # added up, as Prometheus does, so that the last bits are the same
    return values
