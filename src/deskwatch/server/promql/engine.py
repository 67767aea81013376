"""Answer PromQL queries.

Way:     storage.samples -> [engine] -> rules, api, ui.
Time:    the moment of a query is an argument; the clock only says how long one takes.
Threads: safe to call from any; a query holds no state but its own.
"""

from __future__ import annotations

import numpy as np

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import Clock, SystemClock
from deskwatch.server.promql.ast import Expr
from deskwatch.server.promql.evaluate import evaluate, rows_of
from deskwatch.server.promql.frame import Budget, Frame, Limits
from deskwatch.server.promql.parse import check
from deskwatch.server.promql.result import QueryResult, ResultKind
from deskwatch.server.promql.values import NO_LABELS, Ints, Scalar, String, Value, Vector, Windows
from deskwatch.server.storage.samples import Queryable, Series


class Engine:
    """A PromQL engine over a store of samples.

    Args:
        queryable: The store.
        limits: What one query may cost.
        clock: Measures how long a query takes.
    """

    def __init__(self, queryable: Queryable, *, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self._queryable = queryable
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()

    def query(self, expr: str, ts_ms: int) -> QueryResult:
        """Return the value at one moment.

        Raises:
            ParseError: The expression is not PromQL.
            QueryError: It uses what is not supported, fails, or costs more than is allowed.
        """
        times_ms = np.array([ts_ms], dtype=np.int64)
        return _instant(self._evaluate(check(expr), times_ms), self._frame(times_ms))

    def query_range(self, expr: str, start_ms: int, end_ms: int, step_ms: int) -> QueryResult:
        """Return the values from ``start_ms`` to ``end_ms``, both included, every ``step_ms``.

        Raises:
            ParseError: The expression is not PromQL.
            QueryError: As for :meth:`query`, or the range is not one.
        """
        tree = check(expr)
        times_ms = self._steps(start_ms, end_ms, step_ms)
        value = self._evaluate(tree, times_ms)
        if isinstance(value, Scalar):
            return QueryResult(ResultKind.MATRIX, end_ms, series=[Series(NO_LABELS, times_ms, value.values)])
        if not isinstance(value, Vector):
            raise QueryError(
                "a range query needs a scalar or an instant vector, was a range vector or a string",
                reason=QueryReason.BAD_DATA,
            )
        series = sorted(rows_of(value, times_ms), key=lambda row: row.labels)
        return QueryResult(ResultKind.MATRIX, end_ms, series=series)

    def _evaluate(self, tree: Expr, times_ms: Ints) -> Value:
        with np.errstate(all="ignore"):
            try:
                return evaluate(tree, self._frame(times_ms))
            except RecursionError:
                raise QueryError("the expression nests too deep to be evaluated") from None

    def _frame(self, times_ms: Ints) -> Frame:
        budget = Budget(self._limits, self._clock)
        return Frame(times_ms, int(times_ms[0]), int(times_ms[-1]), self._limits, budget, self._queryable)

    def _steps(self, start_ms: int, end_ms: int, step_ms: int) -> Ints:
        if end_ms < start_ms:
            raise QueryError("the end of the range lies before its start", reason=QueryReason.BAD_DATA)
        if step_ms <= 0:
            raise QueryError(f"the step must be positive, was {step_ms} ms", reason=QueryReason.BAD_DATA)
        points = (end_ms - start_ms) // step_ms + 1
        if points > self._limits.max_points:
            raise QueryError(
                f"the range has {points} points a series, at most {self._limits.max_points} are allowed:"
                " choose a longer step",
                reason=QueryReason.BAD_DATA,
            )
        return np.arange(start_ms, end_ms + 1, step_ms, dtype=np.int64)


def _instant(value: Value, frame: Frame) -> QueryResult:
    ts_ms = frame.start_ms
    match value:
        case Scalar(values=values):
            return QueryResult(ResultKind.SCALAR, ts_ms, values=values)
        case String(value=text):
            return QueryResult(ResultKind.STRING, ts_ms, text=text)
        case Vector():
            said = value.said()
            return QueryResult(ResultKind.VECTOR, ts_ms, labels=said.labels, values=said.values[:, 0])
        case Windows():
            return QueryResult(ResultKind.MATRIX, ts_ms, series=_raw(value))


def _raw(windows: Windows) -> list[Series]:
    """Return the samples in the window of each series, as a range selector by itself asks for them."""
    bounds = zip(windows.labels, windows.first[:, 0].tolist(), windows.last[:, 0].tolist(), strict=True)
    return [
        Series(labels, windows.ts_ms[first:last], windows.samples[first:last])
        for labels, first, last in bounds
        if first < last
    ]
