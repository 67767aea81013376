"""What a recorder needs of the metrics it records on, whichever names they are exposed under.

Way:     recorders → [series] ← the registry itself, or a dialect's view of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol, TypeAlias, TypeVar

from deskwatch.catalog.metric import Metric
from deskwatch.client.metrics import Drops

AnySeries: TypeAlias = Any
"""A series whose kind only the metric says; in a dialect it may be the very child, or one that forwards or forgets."""


class Counts(Protocol):
    """A series that only goes up."""

    def inc(self, amount: float = 1.0) -> None:
        """Add ``amount``."""
        ...


class Level(Protocol):
    """A series that goes up and down."""

    def set(self, value: float | Decimal) -> None:
        """Set the value."""
        ...


class Spread(Protocol):
    """A series that says how often values fell into which bucket."""

    def observe(self, value: float) -> None:
        """Record one value."""
        ...


SeriesT_co = TypeVar("SeriesT_co", covariant=True)


class Labelled(Protocol[SeriesT_co]):
    """All series of one metric."""

    def labels(self, *values: object, **named: object) -> SeriesT_co:
        """Return the series with these label values; never raises."""
        ...


class Declares(Protocol):
    """Where a recorder declares the metrics of the catalogue."""

    @property
    def drops(self) -> Drops:
        """Counts what had to be dropped."""
        ...

    def family(self, metric: Metric) -> Labelled[Any]:
        """Declare a metric and return its family.

        Raises:
            ValueError: The name is taken by another metric.
        """
        ...
