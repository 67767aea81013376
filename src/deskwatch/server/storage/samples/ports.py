"""What a store of samples takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from deskwatch.model import Labels, Matcher, Scrape

Timestamps = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """The samples of one series, sorted by time; stale markers are among them.

    Series of one answer may share ``ts_ms``; a reader may use its identity and must change neither array.

    Attributes:
        labels: Which series.
        ts_ms: When, in milliseconds, strictly increasing.
        values: One value each.
    """

    labels: Labels
    ts_ms: Timestamps
    values: Values


class Appender(Protocol):
    """Where samples go."""

    def append(self, scrape: Scrape) -> None:
        """Keep what one source said at one moment."""
        ...


class Queryable(Protocol):
    """Where samples come from; ``start_ms`` and ``end_ms`` both belong to the range."""

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Series]:
        """Return the series that match and have a sample in the range, each with its samples there."""
        ...

    def series(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Labels]:
        """Return the labels of the series that match and have a sample in the range."""
        ...

    def label_names(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[str]:
        """Return the sorted names of all labels of the series that match."""
        ...

    def label_values(self, name: str, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[str]:
        """Return the sorted values that one label has in the series that match."""
        ...
