"""A registry as a dialect shows it: what the catalogue calls one thing is declared under the dialect's names.

Way:     a recorder declares a metric of the catalogue → [view] → the dialect's own metrics in the registry.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any, Final

from deskwatch.catalog.dialects.names import DIALECTS
from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.metric import Metric
from deskwatch.client.dialect.family import IgnoredFamily, MappedFamily, Target
from deskwatch.client.metrics import Drops, Registry
from deskwatch.client.series import Declares, Labelled

OWN_PREFIXES: Final = ("deskwatch_", "guard_", "bot_heartbeat_")
"""What deskwatch's own rules and pages read keeps its name in every dialect."""


class DialectView:
    """Declares metrics of the catalogue under the names of a dialect; those it does not name are not exposed.

    Args:
        registry: Where the dialect's metrics are declared.
        dialect: Its name.
        currency: What the account's money is in, for names that say so.

    Raises:
        ValueError: There is no such dialect.
    """

    def __init__(self, registry: Registry, dialect: str, currency: str = "") -> None:
        self._registry = registry
        self._currency = currency.lower()
        self._rows: dict[str, list[Row]] = {}
        for row in _rows_of(dialect):
            self._rows.setdefault(row.source.name, []).append(row)

    @property
    def drops(self) -> Drops:
        """Counts what had to be dropped."""
        return self._registry.drops

    def family(self, metric: Metric) -> Labelled[Any]:
        """Declare what the dialect makes of a metric.

        Raises:
            ValueError: A name is taken by another metric.
        """
        if metric.name.startswith(OWN_PREFIXES):
            return self._registry.family(metric)
        rows = self._rows.get(metric.name)
        if rows is None:
            return IgnoredFamily()
        return MappedFamily(metric.labels, [self._target(row) for row in rows], self._registry.drops)

    def _target(self, row: Row) -> Target:
        target = replace(row.target, name=row.target.name.format(currency=self._currency))
        return Target(row, self._registry.family(target))


def declarations(registry: Registry, dialect: str | None, currency: str = "") -> Declares:
    """Return where a recorder declares its metrics: the registry, or the dialect's view of it.

    Raises:
        ValueError: There is no such dialect.
    """
    return registry if dialect is None else DialectView(registry, dialect, currency)


def _rows_of(dialect: str) -> tuple[Row, ...]:
    if dialect not in DIALECTS:
        raise ValueError(f"dialect must be one of {', '.join(DIALECTS)}, was {dialect!r}")
    rows: tuple[Row, ...] = import_module(f"deskwatch.catalog.dialects.{dialect}").ROWS
    return rows
