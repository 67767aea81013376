"""PromQL: an expression and a time become a vector or a matrix.

Way:     storage.samples -> [promql] -> rules, api, ui.
Source:  https://prometheus.io/docs/prometheus/3.5/querying/basics/
Threads: safe to call from any.

promql-parser reads the text; everything is evaluated in numpy, all series and steps of a part in one pass.
What is not supported is refused by name when the expression is read, never answered wrongly.
"""

from deskwatch.server.promql.ast import Expr
from deskwatch.server.promql.engine import Engine
from deskwatch.server.promql.format import format_float, to_prometheus_json
from deskwatch.server.promql.frame import Limits
from deskwatch.server.promql.parse import check
from deskwatch.server.promql.reading import metric_names, threshold
from deskwatch.server.promql.result import QueryResult, ResultKind

__all__ = [
    "Engine",
    "Expr",
    "Limits",
    "QueryResult",
    "ResultKind",
    "check",
    "format_float",
    "metric_names",
    "threshold",
    "to_prometheus_json",
]
