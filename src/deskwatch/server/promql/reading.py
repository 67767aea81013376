"""What can be told of an expression without evaluating it."""

from __future__ import annotations

from deskwatch.model import METRIC_NAME, MatchOp
from deskwatch.server.promql.arithmetic import COMPARISONS
from deskwatch.server.promql.ast import Binary, Expr, Negation, Number, Selector, children
from deskwatch.server.promql.parse import check

_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def metric_names(text: str) -> set[str]:
    """Return the names of the metrics that the expression reads.

    A selector that gives no name, or a pattern for it, contributes none.
    """
    return set(_names(check(text)))


def threshold(text: str) -> tuple[str, float] | None:
    """Return the operator and the number when the expression is a comparison with one.

    It looks at the left side of ``and`` and ``unless``, which say when the comparison counts. A number on the
    left is mirrored: ``5 < x`` is ``x > 5``.
    """
    expr = check(text)
    while isinstance(expr, Binary) and expr.op in ("and", "unless"):
        expr = expr.left
    if not isinstance(expr, Binary) or expr.op not in COMPARISONS:
        return None
    if (number := _number(expr.right)) is not None:
        return expr.op, number
    if (number := _number(expr.left)) is not None:
        return _MIRRORED.get(expr.op, expr.op), number
    return None


def _names(expr: Expr) -> list[str]:
    found = [name for child in children(expr) for name in _names(child)]
    if isinstance(expr, Selector):
        found += [
            matcher.value
            for matcher in expr.matchers
            if matcher.name == METRIC_NAME and matcher.op is MatchOp.EQUAL and matcher.value
        ]
    return found


def _number(expr: Expr) -> float | None:
    match expr:
        case Number(value=value):
            return value
        case Negation(expr=Number(value=value)):
            return -value
        case _:
            return None
