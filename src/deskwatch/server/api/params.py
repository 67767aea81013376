"""Read the parameters of Prometheus's HTTP API: query string or form, times, steps, matchers.

Source:  https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import Matcher, parse_duration_ms
from deskwatch.server.api.body import BodyTooLargeError, read_body
from deskwatch.server.promql import check
from deskwatch.server.promql.ast import Selector

MAX_FORM_BYTES = 1_000_000  # reliability G4: an expression of 1 MB is the largest that is even looked at


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one request, whichever way they came."""

    values: dict[str, list[str]]

    @classmethod
    async def of(cls, request: Request) -> Params:
        """Read query string and, for a POST, the form."""
        values = parse_qs(request.url.query, keep_blank_values=True)
        if request.method == "POST":
            for name, more in parse_qs(await _form(request)).items():
                values.setdefault(name, []).extend(more)
        return cls(values)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a parameter that must be there unless it has a default."""
        found = self.values.get(name)
        if found:
            return found[0]
        if default is None:
            raise _bad(name, "", "must be given")
        return default

    def time_ms(self, name: str, default_ms: int | None = None) -> int:
        """Return a time, given as Unix seconds or RFC 3339."""
        text = self.text(name, "" if default_ms is not None else None)
        if not text and default_ms is not None:
            return default_ms
        return _time_ms(name, text)

    def step_ms(self, name: str = "step") -> int:
        """Return a step, given as seconds or as a duration."""
        text = self.text(name)
        seconds = _float(text)
        try:
            step_ms = parse_duration_ms(text) if seconds is None else round(seconds * 1000)
        except ValueError:
            raise _bad(name, text, "must be seconds such as 15, or a duration such as 15s") from None
        if step_ms <= 0:
            raise _bad(name, text, "must be more than zero")
        return step_ms

    def selectors(self, *, required: bool) -> list[list[Matcher]]:
        """Return the matchers of each ``match[]``."""
        found = self.values.get("match[]", [])
        if required and not found:
            raise _bad("match[]", "", "must be given at least once")
        return [_matchers(text) for text in found]


async def _form(request: Request) -> str:
    try:
        return (await read_body(request, MAX_FORM_BYTES)).decode("utf-8", "replace")
    except BodyTooLargeError:
        raise QueryError(f"a form may have at most {MAX_FORM_BYTES} bytes", reason=QueryReason.BAD_DATA) from None


def _time_ms(name: str, text: str) -> int:
    seconds = _float(text)
    if seconds is not None:
        return round(seconds * 1000)
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        raise _bad(name, text, "must be Unix seconds or a time such as 2022-01-05T18:00:00Z") from None


def _matchers(text: str) -> list[Matcher]:
    expr = check(text)
    if not isinstance(expr, Selector):
        raise _bad("match[]", text, 'must be a selector such as up{job="demo"}')
    return list(expr.matchers)


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _bad(name: str, text: str, wanted: str) -> QueryError:
    was = f", was {text!r}" if text else ""
    return QueryError(f'invalid parameter "{name}": {wanted}{was}', reason=QueryReason.BAD_DATA)
