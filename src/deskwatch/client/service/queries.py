"""Statements that a service sends to its databases, and the connections on which it sends them.

Way:     SQLAlchemy's events, or a call by hand → [queries] → the families ``database_*``.
"""

from __future__ import annotations

from deskwatch.catalog.metrics import database as catalog
from deskwatch.client.metrics import Counter, Histogram, Registry
from deskwatch.client.metrics.family import Family
from deskwatch.client.service.by_labels import ByLabels
from deskwatch.client.service.summed import summed


class DatabaseRecorder:
    """One database, with its label bound."""

    __slots__ = ("_active", "_errors", "_idle", "_max", "_seconds", "_transactions")

    def __init__(self, databases: Databases, name: str) -> None:
        self._active = databases.active.labels(name)
        self._idle = databases.idle.labels(name)
        self._max = databases.maximum.labels(name)
        self._errors: ByLabels[Counter] = ByLabels(lambda kind: databases.errors.labels(name, kind), databases.drops)
        self._transactions: ByLabels[Counter] = ByLabels(
            lambda outcome: databases.transactions.labels(name, outcome), databases.drops
        )
        self._seconds: ByLabels[Histogram] = ByLabels(
            lambda operation: databases.duration.labels(name, operation), databases.drops
        )

    def record(self, operation: str, seconds: float, error_type: str | None = None) -> None:
        """Record a statement that was answered.

        Args:
            operation: ``select``, ``insert``, ``update``, ``delete`` or ``other``.
            seconds: From sending it to its answer.
            error_type: The class of the exception, if it failed.
        """
        self._seconds.get(operation).observe(seconds)
        if error_type is not None:
            self.record_error(error_type)

    def record_error(self, error_type: str) -> None:
        """Count an error that belongs to no statement, such as a connection that failed."""
        self._errors.get(error_type).inc()

    def record_transaction(self, outcome: str) -> None:
        """Count a transaction that ended by ``commit`` or ``rollback``."""
        self._transactions.get(outcome).inc()

    def record_connections(self, active: float, idle: float, maximum: float | None = None) -> None:
        """Say how many connections are in use, how many are idle, and how many there may be."""
        self._active.set(active)
        self._idle.set(idle)
        if maximum is not None:
            self._max.set(maximum)


class Databases:
    """The databases of a service, in one registry."""

    def __init__(self, registry: Registry) -> None:
        self.drops = registry.drops
        self.duration: Family[Histogram] = registry.family(catalog.QUERY_DURATION)
        self.errors: Family[Counter] = registry.family(catalog.ERRORS)
        self.transactions: Family[Counter] = registry.family(catalog.TRANSACTIONS)
        self.active = summed(registry, catalog.CONNECTIONS_ACTIVE)
        self.idle = summed(registry, catalog.CONNECTIONS_IDLE)
        self.maximum = summed(registry, catalog.CONNECTIONS_MAX)
        self._databases = ByLabels(lambda name: DatabaseRecorder(self, name), registry.drops)

    def bind(self, database: str) -> DatabaseRecorder:
        """Return the recorder of one database."""
        return self._databases.get(database)
