"""Binary operators between scalars and vectors.

Source:  https://prometheus.io/docs/prometheus/3.5/querying/operators/#vector-matching
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from deskwatch.errors import QueryError
from deskwatch.model import METRIC_NAME, Labels
from deskwatch.server.promql.arithmetic import ARITHMETIC, SET_OPERATORS, combine
from deskwatch.server.promql.ast import Binary, Cardinality, Matching
from deskwatch.server.promql.values import Floats, Mask, Scalar, Vector, empty_vector, group_key, unique


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


def _vectors(node: Binary, left: Vector, right: Vector) -> Vector:
    """Join each series of the side that may be many with those of the side that must be one."""
    is_swapped = node.matching.cardinality is Cardinality.ONE_TO_MANY
    many, one = (right, left) if is_swapped else (left, right)
    many_keys, one_keys = _keys(many, node.matching), _keys(one, node.matching)
    _check_one(one, one_keys, "left" if is_swapped else "right")
    pairs = list(_pairs(many_keys, one_keys))
    if not pairs:
        return empty_vector(left.values.shape[1])
    rows, partners = (np.array(side) for side in zip(*pairs, strict=True))
    a, b = many.values[rows], one.values[partners]
    if is_swapped:
        a, b = b, a
    values, keep = combine(node.op, a, b, returns_bool=node.returns_bool)
    present = many.present[rows] & one.present[partners]
    if keep is not None:
        present = present & keep
    if node.matching.cardinality is Cardinality.ONE_TO_ONE:
        _check_many(many_keys, rows, present)
    labels = [_result_labels(node, many.labels[row], one.labels[partner]) for row, partner in pairs]
    return _joined(labels, values, present)


def _keys(vector: Vector, matching: Matching) -> list[Labels]:
    return [group_key(labels, matching.labels, not matching.on) for labels in vector.labels]


def _pairs(many_keys: list[Labels], one_keys: list[Labels]) -> Iterator[tuple[int, int]]:
    partners: dict[Labels, list[int]] = {}
    for row, key in enumerate(one_keys):
        partners.setdefault(key, []).append(row)
    for row, key in enumerate(many_keys):
        for partner in partners.get(key, ()):
            yield row, partner


def _check_one(vector: Vector, keys: list[Labels], side: str) -> None:
    doubled = _first_doubled(keys, vector.present)
    if doubled is not None:
        raise QueryError(
            f"found duplicate series for the match group {doubled!r} on the {side} hand-side of the operation;"
            " many-to-many matching not allowed: matching labels must be unique on one side"
        )


def _check_many(keys: list[Labels], rows: npt.NDArray[np.intp], present: Mask) -> None:
    doubled = _first_doubled([keys[row] for row in rows.tolist()], present)
    if doubled is not None:
        raise QueryError(
            f"multiple matches for labels {doubled!r}: many-to-one matching must be explicit (group_left/group_right)"
        )


def _first_doubled(keys: list[Labels], present: Mask) -> Labels | None:
    """Return a key that two rows have, both of them present at one step."""
    if len(set(keys)) == len(keys):
        return None
    said: dict[Labels, Mask] = {}
    for key, here in zip(keys, present, strict=True):
        before = said.get(key)
        if before is not None and (before & here).any():
            return key
        said[key] = here if before is None else before | here
    return None


def _result_labels(node: Binary, many: Labels, one: Labels) -> Labels:
    """Return what the result is called: resultMetric in promql/engine.go."""
    matching = node.matching
    labels = dict(many)
    if node.op in ARITHMETIC or node.returns_bool:
        labels.pop(METRIC_NAME, None)
    if matching.cardinality is Cardinality.ONE_TO_ONE:
        labels = {name: value for name, value in labels.items() if (name in matching.labels) is matching.on}
    for name in matching.include:
        labels[name] = one.get(name, "")
    return Labels(labels)


def _joined(labels: list[Labels], values: Floats, present: Mask) -> Vector:
    doubled = _first_doubled(labels, present)
    if doubled is not None:
        raise QueryError(f"multiple matches for labels {doubled!r}: grouping labels must ensure unique matches")
    return unique(Vector(labels, values, present))


def _set_operator(node: Binary, left: Vector, right: Vector) -> Vector:
    left_keys, right_keys = _keys(left, node.matching), _keys(right, node.matching)
    if node.op == "or":
        kept = right.present & ~_said(right_keys, left_keys, left)
        rows = np.flatnonzero(kept.any(axis=1))
        labels = [*left.labels, *(right.labels[row] for row in rows.tolist())]
        values = np.concatenate([left.values, right.values[rows]])
        return unique(Vector(labels, values, np.concatenate([left.present, kept[rows]])))
    said = _said(left_keys, right_keys, right)
    return left.with_cells((left.values, left.present & (said if node.op == "and" else ~said)))


def _said(keys: list[Labels], other_keys: list[Labels], other: Vector) -> Mask:
    """Say for each key and step whether any series of the other side with that key is present."""
    nothing = np.zeros(other.values.shape[1], dtype=np.bool_)
    said: dict[Labels, Mask] = {}
    for key, here in zip(other_keys, other.present, strict=True):
        said[key] = said[key] | here if key in said else here
    if not keys:
        return np.zeros((0, len(nothing)), dtype=np.bool_)
    return np.stack([said.get(key, nothing) for key in keys])
