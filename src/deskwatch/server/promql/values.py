"""What an expression gives, for all steps of a query at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from deskwatch.errors import QueryError
from deskwatch.model import Labels
from deskwatch.server.promql.names import is_unique, nameless

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NO_LABELS: Final = Labels()

Cells = tuple[Floats, Mask]
"""Values and presence, ``[series, step]`` each."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One number a step."""

    values: Floats


@dataclass(frozen=True, slots=True)
class String:
    """A text, the same at every step."""

    value: str


@dataclass(frozen=True, slots=True)
class Vector:
    """Series by steps. A cell that is not present says nothing, whatever its value; NaN is a value.

    Attributes:
        labels: One a series.
        values: ``[series, step]``.
        present: ``[series, step]``.
    """

    labels: Sequence[Labels]
    values: Floats
    present: Mask

    def with_cells(self, cells: Cells) -> Vector:
        """Return the same series with other cells."""
        return Vector(self.labels, *cells)

    def nameless(self, *, strict: bool = False) -> Vector:
        """Return the vector without metric names, as every function and arithmetic operator leaves it.

        Args:
            strict: Whether series may not differ in their name only, even where they never meet; that is how
                Prometheus treats functions of range vectors.

        Raises:
            QueryError: Two series that differ only in their name are both present at one step.
        """
        labels = nameless(self.labels)
        if strict and not is_unique(labels):
            raise _same_labelset()
        return unique(Vector(labels, self.values, self.present))

    def said(self) -> Vector:
        """Return the series that are present at any step."""
        rows = np.flatnonzero(self.present.any(axis=1))
        if len(rows) == len(self.labels):
            return self
        return Vector([self.labels[row] for row in rows.tolist()], self.values[rows], self.present[rows])


@dataclass(frozen=True, slots=True)
class Windows:
    """Samples of range vectors, and for each series and step which of them lie in the window.

    Attributes:
        labels: One a series.
        ts_ms: The times of all samples, series after series.
        samples: Their values.
        start: ``[series]``: the position of the first sample of each series.
        first: ``[series, step]``: the position of the first sample of the window.
        last: ``[series, step]``: the position past the last one.
        range_ms: How long a window is; it is open on the left.
        end_ms: ``[step]``: where the window ends.
        time_ms: ``[step]``: when the expression is evaluated, which ``offset`` and ``@`` do not move.
    """

    labels: Sequence[Labels]
    ts_ms: Ints
    samples: Floats
    start: npt.NDArray[np.intp]
    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    range_ms: int
    end_ms: Ints
    time_ms: Ints

    @property
    def counts(self) -> npt.NDArray[np.intp]:
        """How many samples each window has."""
        return self.last - self.first


Value = Scalar | String | Vector | Windows


def any_row(present: Mask) -> Mask:
    """Say for each step whether any series is present."""
    said: Mask = np.logical_or.reduce(present, axis=0)
    return said


def empty_vector(steps: int) -> Vector:
    """Return a vector of no series."""
    return Vector([], np.empty((0, steps)), np.empty((0, steps), dtype=np.bool_))


def unique(vector: Vector) -> Vector:
    """Return the vector with series of equal labels joined.

    Raises:
        QueryError: Two of them are present at one step.
    """
    if is_unique(vector.labels):
        return vector
    rows: dict[Labels, int] = {}
    row_of = np.array([rows.setdefault(labels, len(rows)) for labels in vector.labels])
    said = np.zeros((len(rows), vector.values.shape[1]), dtype=np.int64)
    np.add.at(said, row_of, vector.present)
    if (said > 1).any():
        raise _same_labelset()
    values = np.zeros(said.shape)
    for row, present, cells in zip(row_of, vector.present, vector.values, strict=True):
        np.copyto(values[row], cells, where=present)
    return Vector(list(rows), values, said > 0)


def _same_labelset() -> QueryError:
    return QueryError("vector cannot contain metrics with the same labelset")
