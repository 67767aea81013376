"""What a store of samples takes and gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Table:
    """Series that share their times, as those of one source do; a reader must change neither array.

    Attributes:
        labels: One a series; ``Names`` where the same query would give the same object again.
        ts_ms: When, in milliseconds, strictly increasing; at least one.
        values: ``[series, time]``; stale markers are among them.
    """

    labels: Sequence[Labels]
    ts_ms: Timestamps
    values: Values

    @classmethod
    def of(cls, series: Series) -> Table:
        """Return one series as a table."""
        return cls((series.labels,), series.ts_ms, series.values[np.newaxis])

    def series(self) -> Iterator[Series]:
        """Yield the series one by one."""
        return (Series(labels, self.ts_ms, values) for labels, values in zip(self.labels, self.values, strict=True))


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

    def tables(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Table]:
        """Return what ``select`` returns, with the series that share their times together."""
        ...

    def newest(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> list[Table]:
        """Return the same series, each with its last sample of the range and any number of those before."""
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
