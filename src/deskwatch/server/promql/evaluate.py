"""Evaluate an expression for all steps at once.

Way:     parse -> [evaluate] -> engine.  Each part of the tree is computed once, for every series and step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np

from deskwatch.errors import QueryError
from deskwatch.server.promql import over_time
from deskwatch.server.promql.aggregate import aggregate
from deskwatch.server.promql.ast import (
    Aggregation,
    Binary,
    Call,
    Expr,
    Negation,
    Number,
    RangeSelector,
    Selector,
    Subquery,
    Text,
)
from deskwatch.server.promql.binary import binary
from deskwatch.server.promql.calls import KEEPS_NAME, OF_WINDOWS
from deskwatch.server.promql.dates import DATE_FUNCTIONS, date_part
from deskwatch.server.promql.elementwise import ELEMENTWISE, WITH_SCALARS, ordered, with_scalars
from deskwatch.server.promql.frame import Frame
from deskwatch.server.promql.histograms import histogram_quantile
from deskwatch.server.promql.relabel import label_join, label_replace
from deskwatch.server.promql.select import (
    labels_of_absent,
    select_timestamps,
    select_vector,
    select_windows,
    windows,
)
from deskwatch.server.promql.values import (
    NO_LABELS,
    Cells,
    Floats,
    Ints,
    Mask,
    Scalar,
    String,
    Value,
    Vector,
    Windows,
    any_row,
)
from deskwatch.server.storage.samples import Series, Table

Kind = TypeVar("Kind", Scalar, String, Vector, Windows)


def evaluate(expr: Expr, frame: Frame) -> Value:  # noqa: PLR0911  (one for each kind of node)
    """Return what the expression gives at the steps of the frame.

    Raises:
        QueryError: It cannot be evaluated, or costs more than is allowed.
    """
    frame.budget.check_time()
    match expr:
        case Number(value=value):
            return Scalar(np.full(frame.steps, value))
        case Text(value=text):
            return String(text)
        case Selector():
            return select_vector(expr, frame)
        case RangeSelector():
            return select_windows(expr, frame)
        case Subquery():
            return _subquery(expr, frame)
        case Negation(expr=inner):
            return _negated(evaluate(inner, frame))
        case Binary():
            return _binary(expr, frame)
        case Aggregation():
            return _aggregation(expr, frame)
        case Call():
            return _call(expr, frame)


def _typed(expr: Expr, frame: Frame, kind: type[Kind]) -> Kind:
    """The parser checks types; this says so to the type checker, and is loud if the parser ever does not."""
    value = evaluate(expr, frame)
    if not isinstance(value, kind):
        raise QueryError(f"expected a {kind.__name__.lower()}, was a {type(value).__name__.lower()}")
    return value


def _negated(value: Value) -> Value:
    if isinstance(value, Scalar):
        return Scalar(-value.values)
    if isinstance(value, Vector):
        return value.with_cells((-value.values, value.present)).nameless()
    raise QueryError(f"unary minus needs a scalar or a vector, was a {type(value).__name__.lower()}")


def _binary(node: Binary, frame: Frame) -> Value:
    left, right = evaluate(node.left, frame), evaluate(node.right, frame)
    if isinstance(left, Scalar | Vector) and isinstance(right, Scalar | Vector):
        return binary(node, left, right)
    raise QueryError(f"{node.op} needs scalars or vectors on both sides")


def _aggregation(node: Aggregation, frame: Frame) -> Vector:
    vector = _typed(node.expr, frame, Vector)
    if node.param is None:
        return aggregate(node, vector, None)
    param = evaluate(node.param, frame)
    if isinstance(param, Scalar | String):
        return aggregate(node, vector, param)
    raise QueryError(f"the parameter of {node.op} must be a scalar or a string")


def _subquery(node: Subquery, frame: Frame) -> Windows:
    """Evaluate at every multiple of the step that lies in any of the windows."""
    end_ms = frame.reference_ms(node.offset_ms, node.at)
    step_ms = node.step_ms or frame.limits.subquery_step_ms
    first_ms = ((int(end_ms.min()) - node.range_ms) // step_ms + 1) * step_ms
    last_ms = int(end_ms.max())
    if last_ms < first_ms:
        return windows([], node.range_ms, end_ms, frame)
    frame.budget.spend((last_ms - first_ms) // step_ms + 1)
    times_ms = np.arange(first_ms, last_ms + 1, step_ms, dtype=np.int64)
    inner = _typed(node.expr, frame.at(times_ms), Vector)
    return windows([Table.of(series) for series in rows_of(inner, times_ms)], node.range_ms, end_ms, frame)


def rows_of(vector: Vector, times_ms: Ints) -> list[Series]:
    """Return the rows of a vector as series; those present at every step share their times."""
    return [
        Series(labels, times_ms, values) if here.all() else Series(labels, times_ms[here], values[here])
        for labels, values, here in zip(vector.labels, vector.values, vector.present, strict=True)
        if here.any()
    ]


def _call(node: Call, frame: Frame) -> Value:
    name = node.name
    if name in OF_WINDOWS:
        found = _typed(node.args[0], frame, Windows)
        return _of_windows(found, OF_WINDOWS[name](found), keeps_name=name in KEEPS_NAME)
    if name in ELEMENTWISE:
        vector = _typed(node.args[0], frame, Vector)
        return vector.with_cells((ELEMENTWISE[name](vector.values), vector.present)).nameless()
    if name in WITH_SCALARS:
        vector = _typed(node.args[0], frame, Vector)
        return with_scalars(name, vector, [_typed(arg, frame, Scalar).values for arg in node.args[1:]])
    if name in DATE_FUNCTIONS:
        vector = _typed(node.args[0], frame, Vector) if node.args else _as_vector(_time(node, frame))
        return vector.with_cells((date_part(name, vector.values), vector.present)).nameless()
    return _SPECIAL[name](node, frame)


def _of_windows(found: Windows, cells: Cells, *, keeps_name: bool = False) -> Vector:
    vector = Vector(found.labels, *cells).said()
    return vector if keeps_name else vector.nameless(strict=True)


def _predict_linear(node: Call, frame: Frame) -> Vector:
    found, seconds = _typed(node.args[0], frame, Windows), _typed(node.args[1], frame, Scalar)
    return _of_windows(found, over_time.predict_linear(found, seconds.values))


def _quantile_over_time(node: Call, frame: Frame) -> Vector:
    quantile, found = _typed(node.args[0], frame, Scalar), _typed(node.args[1], frame, Windows)
    return _of_windows(found, over_time.quantile_over_time(found, quantile.values))


def _absent(node: Call, frame: Frame) -> Vector:
    return _absence(node.args[0], any_row(_typed(node.args[0], frame, Vector).present))


def _absent_over_time(node: Call, frame: Frame) -> Vector:
    return _absence(node.args[0], any_row(_typed(node.args[0], frame, Windows).counts > 0))


def _absence(arg: Expr, present: Mask) -> Vector:
    selector = arg.selector if isinstance(arg, RangeSelector) else arg
    labels = labels_of_absent(selector.matchers) if isinstance(selector, Selector) else NO_LABELS
    return Vector([labels], np.ones((1, len(present))), ~present[np.newaxis])


def _histogram_quantile(node: Call, frame: Frame) -> Vector:
    quantile, vector = _typed(node.args[0], frame, Scalar), _typed(node.args[1], frame, Vector)
    return histogram_quantile(quantile.values, vector)


def _label_replace(node: Call, frame: Frame) -> Vector:
    target, replacement, source, pattern = _texts(node, frame)
    return label_replace(_typed(node.args[0], frame, Vector).said(), target, replacement, source, pattern)


def _label_join(node: Call, frame: Frame) -> Vector:
    target, separator, *sources = _texts(node, frame)
    return label_join(_typed(node.args[0], frame, Vector).said(), target, separator, sources)


def _texts(node: Call, frame: Frame) -> list[str]:
    return [_typed(arg, frame, String).value for arg in node.args[1:]]


def _scalar(node: Call, frame: Frame) -> Scalar:
    """The value where exactly one series is present, else NaN."""
    vector = _typed(node.args[0], frame, Vector)
    only: Floats = np.where(vector.present, vector.values, 0.0).sum(axis=0)
    return Scalar(np.where(vector.present.sum(axis=0) == 1, only, np.nan))


def _vector(node: Call, frame: Frame) -> Vector:
    return _as_vector(_typed(node.args[0], frame, Scalar))


def _as_vector(scalar: Scalar) -> Vector:
    return Vector([NO_LABELS], scalar.values[np.newaxis], np.ones((1, len(scalar.values)), dtype=np.bool_))


def _time(_: Call, frame: Frame) -> Scalar:
    return Scalar(frame.times_ms / 1000)


def _pi(_: Call, frame: Frame) -> Scalar:
    return Scalar(np.full(frame.steps, math.pi))


def _timestamp(node: Call, frame: Frame) -> Vector:
    """The time of the sample for a selector, the time of evaluation for anything else."""
    arg = node.args[0]
    if isinstance(arg, Selector):
        return select_timestamps(arg, frame).nameless()
    vector = _typed(arg, frame, Vector)
    return vector.with_cells((np.broadcast_to(frame.times_ms / 1000, vector.values.shape), vector.present)).nameless()


def _sort(node: Call, frame: Frame) -> Vector:
    return ordered(_typed(node.args[0], frame, Vector), descending=node.name == "sort_desc")


_SPECIAL: Final[dict[str, Callable[[Call, Frame], Value]]] = {
    "absent": _absent,
    "absent_over_time": _absent_over_time,
    "histogram_quantile": _histogram_quantile,
    "label_join": _label_join,
    "label_replace": _label_replace,
    "pi": _pi,
    "predict_linear": _predict_linear,
    "quantile_over_time": _quantile_over_time,
    "scalar": _scalar,
    "sort": _sort,
    "sort_desc": _sort,
    "time": _time,
    "timestamp": _timestamp,
    "vector": _vector,
}
