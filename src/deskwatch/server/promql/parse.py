"""Read an expression, or refuse it: what the engine cannot answer rightly is named here, not answered wrongly.

Way:     text -> promql-parser -> [parse] -> ast -> evaluate.
Source:  https://prometheus.io/docs/prometheus/3.5/querying/basics/
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

import promql_parser

from deskwatch.errors import ParseError, QueryError, QueryReason
from deskwatch.model import METRIC_NAME, Matcher, MatchOp
from deskwatch.server.matching import compile_matcher
from deskwatch.server.promql.aggregate import AGGREGATIONS
from deskwatch.server.promql.ast import (
    Aggregation,
    At,
    Binary,
    Call,
    Cardinality,
    Edge,
    Expr,
    Matching,
    Negation,
    Number,
    RangeSelector,
    Selector,
    Subquery,
    Text,
    is_scalar,
)
from deskwatch.server.promql.calls import FUNCTIONS
from deskwatch.server.promql.guard import check_size

_MILLISECOND: Final = timedelta(milliseconds=1)
_MATCH_OPS: Final = {
    "MatchOp.Equal": MatchOp.EQUAL,
    "MatchOp.NotEqual": MatchOp.NOT_EQUAL,
    "MatchOp.Re": MatchOp.REGEX,
    "MatchOp.NotRe": MatchOp.NOT_REGEX,
}
_CARDINALITIES: Final = {
    "VectorMatchCardinality.ManyToOne": Cardinality.MANY_TO_ONE,
    "VectorMatchCardinality.OneToMany": Cardinality.ONE_TO_MANY,
}


@lru_cache(maxsize=2048)
def check(text: str) -> Expr:
    """Return the expression as a tree.

    Raises:
        ParseError: It is not PromQL, or too long or too deep.
        QueryError: It is PromQL, but uses something that the engine does not support; the message names it.
    """
    check_size(text)
    try:
        return _expr(promql_parser.parse(text))
    except (ValueError, OverflowError) as error:
        raise ParseError(f"{error} in {text!r}") from None


def unsupported(what: str) -> QueryError:
    """Return the refusal of something that Prometheus knows."""
    return QueryError(f"{what} is not supported", reason=QueryReason.UNSUPPORTED)


# The nodes of promql-parser are untyped natives; below this line they are `Any` until they are ours.


def _expr(node: Any) -> Expr:  # noqa: ANN401
    convert = _CONVERTERS.get(type(node).__name__)
    if convert is None:
        raise unsupported(type(node).__name__)
    return convert(node)


def _paren(node: Any) -> Expr:  # noqa: ANN401
    return _expr(node.expr)


def _number(node: Any) -> Expr:  # noqa: ANN401
    return Number(node.val)


def _text(node: Any) -> Expr:  # noqa: ANN401
    return Text(node.val)


def _negation(node: Any) -> Expr:  # noqa: ANN401
    return Negation(_expr(node.expr))


def _selector(node: Any) -> Selector:  # noqa: ANN401
    if node.matchers.or_matchers:
        raise unsupported("'or' between label matchers")
    matchers = [_matcher(matcher) for matcher in node.matchers.matchers]
    if node.name:
        matchers.insert(0, Matcher(METRIC_NAME, MatchOp.EQUAL, node.name))
    return Selector(tuple(matchers), _ms(node.offset), _at(node.at))


def _matcher(node: Any) -> Matcher:  # noqa: ANN401
    matcher = Matcher(node.name, _MATCH_OPS[str(node.op)], node.value)
    compile_matcher(matcher)
    return matcher


def _range_selector(node: Any) -> Expr:  # noqa: ANN401
    return RangeSelector(_selector(node.vector_selector), _ms(node.range))


def _subquery(node: Any) -> Expr:  # noqa: ANN401
    step_ms = _ms(node.step) or None
    inner = _expr(node.expr)
    if is_scalar(inner):
        raise ParseError(f"a subquery is only allowed on an instant vector, was on the scalar {node.expr}")
    return Subquery(inner, _ms(node.range), step_ms, _ms(node.offset), _at(node.at))


def _call(node: Any) -> Expr:  # noqa: ANN401
    name = node.func.name
    if name not in FUNCTIONS:
        raise unsupported(f"the function {name}()")
    return Call(name, tuple(_expr(arg) for arg in node.args))


def _aggregation(node: Any) -> Expr:  # noqa: ANN401
    op = str(node.op)
    if op not in AGGREGATIONS:
        raise unsupported(f"the aggregation {op}()")
    modifier = node.modifier
    without = modifier is not None and str(modifier.type) == "AggModifierType.Without"
    param = None if node.param is None else _expr(node.param)
    return Aggregation(op, _expr(node.expr), param, tuple(modifier.labels) if modifier else (), without)


def _binary(node: Any) -> Expr:  # noqa: ANN401
    modifier = node.modifier
    returns_bool = modifier is not None and modifier.return_bool
    return Binary(str(node.op), _expr(node.lhs), _expr(node.rhs), returns_bool, _matching(modifier))


def _matching(modifier: Any) -> Matching:  # noqa: ANN401
    if modifier is None:
        return Matching()
    if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
        raise unsupported("the modifier fill()")
    labels = modifier.matching
    return Matching(
        on=labels is not None and str(labels.type) == "LabelModifierType.Include",
        labels=tuple(labels.labels) if labels is not None else (),
        cardinality=_CARDINALITIES.get(str(modifier.card), Cardinality.ONE_TO_ONE),
        include=tuple(modifier.group_labels or ()),
    )


def _at(node: Any) -> At | None:  # noqa: ANN401
    if node is None:
        return None
    match str(node.type):
        case "AtModifierType.Start":
            return Edge.START
        case "AtModifierType.End":
            return Edge.END
        case _:
            seconds: float = node.at.timestamp()
            return round(seconds * 1000)


def _ms(duration: timedelta | None) -> int:
    return 0 if duration is None else duration // _MILLISECOND


_CONVERTERS: Final = {
    "ParenExpr": _paren,
    "NumberLiteral": _number,
    "StringLiteral": _text,
    "UnaryExpr": _negation,
    "VectorSelector": _selector,
    "MatrixSelector": _range_selector,
    "SubqueryExpr": _subquery,
    "Call": _call,
    "AggregateExpr": _aggregation,
    "BinaryExpr": _binary,
}
