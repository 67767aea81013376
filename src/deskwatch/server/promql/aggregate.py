"""Aggregations over groups of series.

Source:  https://prometheus.io/docs/prometheus/3.5/querying/operators/#aggregation-operators
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from deskwatch.errors import QueryError
from deskwatch.model import Labels
from deskwatch.server.promql.ast import Aggregation
from deskwatch.server.promql.format import format_float
from deskwatch.server.promql.names import Positions, grouping
from deskwatch.server.promql.quantile import interpolated, outside_unit
from deskwatch.server.promql.values import Floats, Mask, Scalar, String, Vector, empty_vector


@dataclass(frozen=True, slots=True)
class Groups:
    """Series sorted by group.

    Attributes:
        labels: One a group.
        rows: The rows of the vector, group after group.
        start: Where each group starts among them.
        values: The cells in that order.
        present: Their presence.
    """

    labels: Sequence[Labels]
    rows: Positions
    start: Positions
    values: Floats
    present: Mask

    def reduce(self, ufunc: np.ufunc, absent: float) -> Floats:
        """Return the ufunc's reduction of each group; absent cells count as ``absent``."""
        result: Floats = ufunc.reduceat(np.where(self.present, self.values, absent), self.start, axis=0)
        return result

    def counts(self) -> Floats:
        """Return how many series are present in each group and step."""
        result: Floats = np.add.reduceat(self.present.astype(np.float64), self.start, axis=0)
        return result

    def owner(self) -> Positions:
        """Return the group of each row."""
        sizes = np.diff(np.append(self.start, len(self.rows)))
        return np.repeat(np.arange(len(self.start)), sizes)

    def slices(self) -> Iterator[slice]:
        """Yield the rows of each group."""
        ends = [*self.start[1:].tolist(), len(self.rows)]
        return (slice(start, end) for start, end in zip(self.start.tolist(), ends, strict=True))


def aggregate(node: Aggregation, vector: Vector, param: Scalar | String | None) -> Vector:
    """Return the aggregation of each group.

    Raises:
        QueryError: The parameter cannot be used.
    """
    if not vector.labels:
        return empty_vector(vector.values.shape[1])
    groups = _groups(vector, node.labels, node.without)
    if node.op in _SIMPLE:
        return Vector(groups.labels, _SIMPLE[node.op](groups), groups.counts() > 0)
    if isinstance(param, String):
        return _count_values(groups, param.value)
    assert param is not None  # noqa: S101  (the parser saw to it)
    if node.op == "quantile":
        return Vector(groups.labels, _quantile(groups, param.values), groups.counts() > 0)
    return _best(groups, vector, param.values, largest=node.op == "topk")


def _groups(vector: Vector, names: tuple[str, ...], without: bool) -> Groups:
    found = grouping(vector.labels, names, without)
    return Groups(found.labels, found.rows, found.start, vector.values[found.rows], vector.present[found.rows])


def _sum(groups: Groups) -> Floats:
    return groups.reduce(np.add, 0.0)


def _avg(groups: Groups) -> Floats:
    return _sum(groups) / groups.counts()


def _min(groups: Groups) -> Floats:
    return groups.reduce(np.fmin, np.nan)


def _max(groups: Groups) -> Floats:
    return groups.reduce(np.fmax, np.nan)


def _one(groups: Groups) -> Floats:
    return np.ones((len(groups.labels), groups.values.shape[1]))


def _stdvar(groups: Groups) -> Floats:
    away = groups.values - _avg(groups)[groups.owner()]
    squares = np.where(groups.present, away * away, 0.0)
    total: Floats = np.add.reduceat(squares, groups.start, axis=0)
    return total / groups.counts()


def _stddev(groups: Groups) -> Floats:
    return np.sqrt(_stdvar(groups))


_SIMPLE: Final[dict[str, Callable[[Groups], Floats]]] = {
    "sum": _sum,
    "avg": _avg,
    "min": _min,
    "max": _max,
    "count": Groups.counts,
    "group": _one,
    "stddev": _stddev,
    "stdvar": _stdvar,
}


AGGREGATIONS: Final = frozenset({*_SIMPLE, "topk", "bottomk", "quantile", "count_values"})


def _quantile(groups: Groups, quantile: Floats) -> Floats:
    steps = groups.values.shape[1]
    result = np.full((len(groups.labels), steps), np.nan)
    for number, rows in enumerate(groups.slices()):
        values, present = groups.values[rows], groups.present[rows]
        order = np.lexsort((values, ~np.isnan(values), ~present), axis=0)  # NaN smallest, absent last
        ordered = np.take_along_axis(values, order, axis=0)
        counts = np.maximum(present.sum(axis=0), 1)
        start = np.arange(steps) * len(ordered)
        result[number] = interpolated(ordered.T.ravel(), start, counts, quantile)
    return outside_unit(np.broadcast_to(quantile, result.shape), result)


def _best(groups: Groups, vector: Vector, count: Floats, *, largest: bool) -> Vector:
    """Keep the largest or smallest of each group, best first at the last step; NaN is worse than any number."""
    if np.isnan(count).any():
        raise QueryError("the number of series to keep was NaN")
    keep = np.zeros(groups.present.shape, dtype=np.bool_)
    ranked: list[int] = []
    for rows in groups.slices():
        values, present = groups.values[rows], groups.present[rows]
        order = np.lexsort((-values if largest else values, np.isnan(values), ~present), axis=0)
        place = np.argsort(order, axis=0)
        keep[rows] = present & (place < np.trunc(count))
        ranked.extend((order[:, -1] + rows.start).tolist())
    ranked = [row for row in ranked if keep[row].any()]
    labels = [vector.labels[row] for row in groups.rows[ranked].tolist()]
    return Vector(labels, groups.values[ranked], keep[ranked])


def _count_values(groups: Groups, label: str) -> Vector:
    if not label:
        raise QueryError("count_values needs the name of a label, was ''")
    labels: list[Labels] = []
    counts: list[Floats] = []
    for group, rows in zip(groups.labels, groups.slices(), strict=True):
        values, present = groups.values[rows], groups.present[rows]
        for value in np.unique(values[present]).tolist():
            same = (np.isnan(values) if np.isnan(value) else values == value) & present
            labels.append(group.with_(**{label: format_float(value, exponent=False)}))
            counts.append(same.sum(axis=0).astype(np.float64))
    if not labels:
        return empty_vector(groups.values.shape[1])
    cells = np.stack(counts)
    return Vector(labels, cells, cells > 0)
