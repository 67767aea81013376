"""Binary operators between scalars and vectors.

Source:  https://prometheus.io/docs/prometheus/3.5/querying/operators/#vector-matching
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from deskwatch.errors import QueryError
from deskwatch.model import METRIC_NAME, Labels
from deskwatch.server.promql.arithmetic import ARITHMETIC, SET_OPERATORS, combine
from deskwatch.server.promql.ast import Binary, Cardinality, Matching
from deskwatch.server.promql.names import MAX_REMEMBERED, Positions, is_unique, keys
from deskwatch.server.promql.values import Floats, Mask, Scalar, Vector, empty_vector, unique
from deskwatch.server.storage.samples import Names


def binary(node: Binary, left: Scalar | Vector, right: Scalar | Vector) -> Scalar | Vector:
    """Return what the operator gives.

    Raises:
        QueryError: A match group has many series on a side where the operator allows one.
    """
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return Scalar(combine(node.op, left.values, right.values, returns_bool=True)[0])
    if isinstance(left, Vector) and isinstance(right, Vector):
        if node.op in SET_OPERATORS:
            return _set_operator(node, left, right)
        return _vectors(node, left, right)
    return _vector_and_scalar(node, left, right)


def _vector_and_scalar(node: Binary, left: Scalar | Vector, right: Scalar | Vector) -> Vector:
    """A comparison that filters keeps the vector's value, on whichever side it stands."""
    vector = left if isinstance(left, Vector) else right
    assert isinstance(vector, Vector)  # noqa: S101  (binary() has sent scalars alone elsewhere)
    shape = vector.values.shape
    a, b = np.broadcast_to(left.values, shape), np.broadcast_to(right.values, shape)
    values, keep = combine(node.op, a, b, returns_bool=node.returns_bool)
    if keep is None:
        return vector.with_cells((values, vector.present)).nameless()
    return vector.with_cells((vector.values, vector.present & keep))


@dataclass(frozen=True, slots=True)
class _Match:
    """Which series meet, by their labels alone.

    Attributes:
        many_keys: What the series of the side that may be many are matched by.
        one_keys: The same of the side that must be one.
        rows: The series of the one side in each pair.
        partners: That of the other.
        labels: What the result of each pair is called.
    """

    many_keys: Sequence[Labels]
    one_keys: Sequence[Labels]
    rows: Positions
    partners: Positions
    labels: Sequence[Labels]


def _vectors(node: Binary, left: Vector, right: Vector) -> Vector:
    """Join each series of the side that may be many with those of the side that must be one."""
    is_swapped = node.matching.cardinality is Cardinality.ONE_TO_MANY
    many, one = (right, left) if is_swapped else (left, right)
    match = _matched(many.labels, one.labels, node.matching, node.op in ARITHMETIC or node.returns_bool)
    _check_one(one, match.one_keys, "left" if is_swapped else "right")
    if not match.labels:
        return empty_vector(left.values.shape[1])
    a, b = many.values[match.rows], one.values[match.partners]
    if is_swapped:
        a, b = b, a
    values, keep = combine(node.op, a, b, returns_bool=node.returns_bool)
    present = many.present[match.rows] & one.present[match.partners]
    if keep is not None:
        present = present & keep
    if node.matching.cardinality is Cardinality.ONE_TO_ONE:
        _check_many(match, present)
    return _joined(match.labels, values, present)


def _matched(many: Sequence[Labels], one: Sequence[Labels], matching: Matching, drops_name: bool) -> _Match:
    is_known = isinstance(many, Names) and isinstance(one, Names)
    return (_known_match if is_known else _match)(many, one, matching, drops_name)


def _match(many: Sequence[Labels], one: Sequence[Labels], matching: Matching, drops_name: bool) -> _Match:
    many_keys, one_keys = _keys(many, matching), _keys(one, matching)
    pairs = list(_pairs(many_keys, one_keys))
    rows, partners = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    labels = [_result_labels(matching, drops_name, many[row], one[partner]) for row, partner in pairs]
    return _Match(many_keys, one_keys, rows, partners, labels)


@lru_cache(maxsize=MAX_REMEMBERED)
def _known_match(many: Sequence[Labels], one: Sequence[Labels], matching: Matching, drops_name: bool) -> _Match:
    found = _match(many, one, matching, drops_name)
    return replace(found, labels=Names(found.labels))


def _keys(labels: Sequence[Labels], matching: Matching) -> Sequence[Labels]:
    return keys(labels, matching.labels, not matching.on)


def _pairs(many_keys: Sequence[Labels], one_keys: Sequence[Labels]) -> Iterator[tuple[int, int]]:
    partners: dict[Labels, list[int]] = {}
    for row, key in enumerate(one_keys):
        partners.setdefault(key, []).append(row)
    for row, key in enumerate(many_keys):
        for partner in partners.get(key, ()):
            yield row, partner


def _check_one(vector: Vector, match_keys: Sequence[Labels], side: str) -> None:
    doubled = _first_doubled(match_keys, vector.present)
    if doubled is not None:
        raise QueryError(
            f"found duplicate series for the match group {doubled!r} on the {side} hand-side of the operation;"
            " many-to-many matching not allowed: matching labels must be unique on one side"
        )


def _check_many(match: _Match, present: Mask) -> None:
    if is_unique(match.many_keys):
        return  # each meets one series at a step, for the other side was found to be one
    doubled = _first_doubled([match.many_keys[row] for row in match.rows.tolist()], present)
    if doubled is not None:
        raise QueryError(
            f"multiple matches for labels {doubled!r}: many-to-one matching must be explicit (group_left/group_right)"
        )


def _first_doubled(labels: Sequence[Labels], present: Mask) -> Labels | None:
    """Return labels that two rows have, both of them present at one step."""
    if is_unique(labels):
        return None
    said: dict[Labels, Mask] = {}
    for key, here in zip(labels, present, strict=True):
        before = said.get(key)
        if before is not None and (before & here).any():
            return key
        said[key] = here if before is None else before | here
    return None


def _result_labels(matching: Matching, drops_name: bool, many: Labels, one: Labels) -> Labels:
    """Return what the result is called: resultMetric in promql/engine.go."""
    labels = dict(many)
    if drops_name:
        labels.pop(METRIC_NAME, None)
    if matching.cardinality is Cardinality.ONE_TO_ONE:
        labels = {name: value for name, value in labels.items() if (name in matching.labels) is matching.on}
    for name in matching.include:
        labels[name] = one.get(name, "")
    return Labels(labels)


def _joined(labels: Sequence[Labels], values: Floats, present: Mask) -> Vector:
    doubled = _first_doubled(labels, present)
    if doubled is not None:
        raise QueryError(f"multiple matches for labels {doubled!r}: grouping labels must ensure unique matches")
    return unique(Vector(labels, values, present))


def _set_operator(node: Binary, left: Vector, right: Vector) -> Vector:
    left_keys, right_keys = _keys(left.labels, node.matching), _keys(right.labels, node.matching)
    if node.op == "or":
        kept = right.present & ~_said(right_keys, left_keys, left)
        rows = np.flatnonzero(kept.any(axis=1))
        labels = [*left.labels, *(right.labels[row] for row in rows.tolist())]
        values = np.concatenate([left.values, right.values[rows]])
        return unique(Vector(labels, values, np.concatenate([left.present, kept[rows]])))
    said = _said(left_keys, right_keys, right)
    return left.with_cells((left.values, left.present & (said if node.op == "and" else ~said)))


def _said(wanted: Sequence[Labels], other_keys: Sequence[Labels], other: Vector) -> Mask:
    """Say for each key and step whether any series of the other side with that key is present."""
    nothing = np.zeros(other.values.shape[1], dtype=np.bool_)
    said: dict[Labels, Mask] = {}
    for key, here in zip(other_keys, other.present, strict=True):
        said[key] = said[key] | here if key in said else here
    if not wanted:
        return np.zeros((0, len(nothing)), dtype=np.bool_)
    return np.stack([said.get(key, nothing) for key in wanted])
