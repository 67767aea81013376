"""Functions of each value by itself.

Source:  https://prometheus.io/docs/prometheus/3.5/querying/functions/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from deskwatch.server.promql.values import Floats, Mask, Vector

ELEMENTWISE: Final[dict[str, Callable[[Floats], Floats]]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sgn": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "deg": np.rad2deg,
    "rad": np.deg2rad,
}


def _round(values: Floats, present: Mask, nearest: Floats | float = 1.0) -> tuple[Floats, Mask]:
    """Halves go up: funcRound in promql/functions.go."""
    inverse = 1.0 / np.asarray(nearest)
    return np.floor(values * inverse + 0.5) / inverse, present


def _clamp(values: Floats, present: Mask, low: Floats, high: Floats) -> tuple[Floats, Mask]:
    return np.maximum(low, np.minimum(high, values)), present & (low <= high)


def _clamp_min(values: Floats, present: Mask, low: Floats) -> tuple[Floats, Mask]:
    return np.maximum(low, values), present


def _clamp_max(values: Floats, present: Mask, high: Floats) -> tuple[Floats, Mask]:
    return np.minimum(high, values), present


WITH_SCALARS: Final[dict[str, Callable[..., tuple[Floats, Mask]]]] = {
    "round": _round,
    "clamp": _clamp,
    "clamp_min": _clamp_min,
    "clamp_max": _clamp_max,
}


def with_scalars(name: str, vector: Vector, scalars: Sequence[Floats]) -> Vector:
    """Return ``round``, ``clamp``, ``clamp_min`` or ``clamp_max`` of the vector."""
    return vector.with_cells(WITH_SCALARS[name](vector.values, vector.present, *scalars)).nameless()


def ordered(vector: Vector, *, descending: bool) -> Vector:
    """Return the vector sorted by value when it has one step, NaN last; a range query has its own order."""
    if vector.values.shape[1] != 1:
        return vector
    values = vector.values[:, 0]
    rows = np.lexsort((-values if descending else values, np.isnan(values)))
    return Vector([vector.labels[row] for row in rows.tolist()], vector.values[rows], vector.present[rows])
