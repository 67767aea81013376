"""Operators on numbers, as Go computes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from deskwatch.server.promql.values import Floats, Mask

ARITHMETIC: Final[dict[str, Callable[[Floats, Floats], Floats]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
    "atan2": np.arctan2,
}

COMPARISONS: Final[dict[str, Callable[[Floats, Floats], Mask]]] = {
    "==": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}

SET_OPERATORS: Final = frozenset({"and", "or", "unless"})


def combine(op: str, left: Floats, right: Floats, *, returns_bool: bool) -> tuple[Floats, Mask | None]:
    """Return the operator's values, and where a comparison that filters keeps them.

    A comparison that filters gives the left values; with ``bool`` it gives 1 or 0 and keeps all (``None``).
    """
    if op in ARITHMETIC:
        return ARITHMETIC[op](left, right), None
    holds = COMPARISONS[op](left, right)
    return (holds.astype(np.float64), None) if returns_bool else (left, holds)
