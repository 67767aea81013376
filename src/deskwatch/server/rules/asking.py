"""Ask the engine as rules do: for a vector at one moment.

Way:     rules -> [asking] -> promql.
"""

from __future__ import annotations

from collections.abc import Callable

from deskwatch.model import Labels
from deskwatch.server.promql import Engine, ResultKind
from deskwatch.server.rules.alerting import Seen


def instant_query(engine: Engine) -> Callable[[str, int], list[Seen]]:
    """Return the engine as rules and desk ask it: a vector, or a scalar as a vector of one."""

    def query(expr: str, ts_ms: int) -> list[Seen]:
        result = engine.query(expr, ts_ms)
        if result.kind is ResultKind.SCALAR:
            return [Seen(Labels(), float(result.values[0]))]
        return [Seen(labels, value) for labels, value in result.elements()]

    return query
