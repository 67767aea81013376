"""The answer to a query, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from deskwatch.model import Labels
from deskwatch.server.promql.values import Floats
from deskwatch.server.storage.samples import Series


class ResultKind(StrEnum):
    """What an answer is; the values are Prometheus's ``resultType``."""

    SCALAR = "scalar"
    STRING = "string"
    VECTOR = "vector"
    MATRIX = "matrix"


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The answer to a query.

    Attributes:
        kind: Which of the following hold it.
        ts_ms: When an instant query was asked.
        labels: The series of a vector.
        values: The value of each of them, or the one of a scalar.
        series: The series of a matrix.
        text: A string.
    """

    kind: ResultKind
    ts_ms: int
    labels: Sequence[Labels] = ()
    values: Floats = field(default_factory=lambda: np.empty(0))
    series: Sequence[Series] = ()
    text: str = ""

    def elements(self) -> list[tuple[Labels, float]]:
        """Return the series of a vector with their values."""
        return list(zip(self.labels, self.values.tolist(), strict=True))
