"""``histogram_quantile`` over classic buckets: series that differ in ``le`` only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from deskwatch.model import Labels
from deskwatch.server.promql.names import group_key
from deskwatch.server.promql.quantile import bucket_quantile
from deskwatch.server.promql.values import Floats, Mask, Vector, any_row, empty_vector

Buckets = list[tuple[float, int]]
"""Upper bound and row of each bucket, ascending."""


def histogram_quantile(quantile: Floats, vector: Vector) -> Vector:
    """Return the quantile of each histogram; ``quantile`` is one number a step."""
    histograms = _histograms(vector)
    if not histograms:
        return empty_vector(vector.values.shape[1])
    values = np.full((len(histograms), vector.values.shape[1]), np.nan)
    present = np.zeros(values.shape, dtype=np.bool_)
    for rows, group in _alike(histograms).values():
        bounds = np.array([bound for bound, _ in group[0]])
        member = np.array([[row for _, row in buckets] for buckets in group]).T
        values[rows], present[rows] = _quantiles(quantile, bounds, vector.values[member], vector.present[member])
    return Vector(list(histograms), values, present)


def _histograms(vector: Vector) -> dict[Labels, Buckets]:
    found: dict[Labels, Buckets] = {}
    for row, labels in enumerate(vector.labels):
        bound = _bound(labels.get("le", ""))
        if bound is not None:
            found.setdefault(group_key(labels, ("le",), without=True), []).append((bound, row))
    return {labels: sorted(buckets) for labels, buckets in found.items()}


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _alike(histograms: dict[Labels, Buckets]) -> dict[tuple[float, ...], tuple[list[int], list[Buckets]]]:
    """Return the histograms by their bounds, so that those with equal ones are computed together."""
    alike: dict[tuple[float, ...], tuple[list[int], list[Buckets]]] = {}
    for row, buckets in enumerate(histograms.values()):
        rows, group = alike.setdefault(tuple(bound for bound, _ in buckets), ([], []))
        rows.append(row)
        group.append(buckets)
    return alike


def _quantiles(quantile: Floats, bounds: Floats, counts: Floats, present: Mask) -> tuple[Floats, Mask]:
    """Return ``[histogram, step]``; counts and presence are ``[bucket, histogram, step]``."""
    shape = counts.shape[1:]
    cells, said = counts.reshape(len(bounds), -1), present.reshape(len(bounds), -1)
    wanted = np.broadcast_to(quantile, shape).ravel()
    values = np.full(cells.shape[1], np.nan)
    patterns, of_cell = np.unique(said, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        here = of_cell.ravel() == number
        if pattern.any():
            values[here] = bucket_quantile(wanted[here], *_coalesced(bounds[pattern], cells[np.ix_(pattern, here)]))
    return values.reshape(shape), any_row(said).reshape(shape)


def _coalesced(bounds: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Add up buckets of equal bounds, such as ``1`` and ``1.0``."""
    distinct: npt.NDArray[np.float64]
    distinct, start = np.unique(bounds, return_index=True)
    if len(distinct) == len(bounds):
        return bounds, counts
    return distinct, np.add.reduceat(counts, start, axis=0)
