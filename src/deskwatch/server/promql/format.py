"""Numbers and results in the text that Prometheus's HTTP API uses.

Source:  https://prometheus.io/docs/prometheus/3.5/querying/api/#expression-query-result-formats,
         https://github.com/prometheus/prometheus/blob/main/util/jsonutil/marshal.go (MarshalFloat)
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from deskwatch.model import Labels
from deskwatch.server.promql.result import QueryResult, ResultKind

SMALLEST_PLAIN: Final = 1e-6  # MarshalFloat: smaller, and from 1e21 on, an exponent is written
LARGEST_PLAIN: Final = 1e21

Json = dict[str, object]


def format_float(value: float, *, exponent: bool = True) -> str:
    """Return the shortest text that reads back as the number, as Go's strconv writes it.

    Args:
        value: The number.
        exponent: Whether very small and very large numbers have one, as in JSON; labels never do.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    is_plain = value == 0 or SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN
    if exponent and not is_plain:
        return text
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def to_prometheus_json(result: QueryResult) -> Json:
    """Return the ``data`` of an answer of ``/api/v1/query`` or ``/api/v1/query_range``."""
    seconds = _seconds(result.ts_ms)
    match result.kind:
        case ResultKind.STRING:
            content: object = [seconds, result.text]
        case ResultKind.SCALAR:
            content = [seconds, format_float(float(result.values[0]))]
        case ResultKind.VECTOR:
            content = [
                {"metric": _metric(labels), "value": [seconds, format_float(value)]}
                for labels, value in result.elements()
            ]
        case ResultKind.MATRIX:
            content = [
                {"metric": _metric(series.labels), "values": _points(series.ts_ms.tolist(), series.values.tolist())}
                for series in result.series
            ]
    return {"resultType": result.kind.value, "result": content}


def _points(ts_ms: list[int], values: list[float]) -> list[list[object]]:
    return [[_seconds(ts), format_float(value)] for ts, value in zip(ts_ms, values, strict=True)]


def _metric(labels: Labels) -> dict[str, str]:
    return dict(labels.pairs)


def _seconds(ts_ms: int) -> int | float:
    return ts_ms / 1000 if ts_ms % 1000 else ts_ms // 1000
