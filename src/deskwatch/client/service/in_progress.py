"""Count what waits for its answer, at the moment somebody asks.

A request is known by its route only once the router has found it, so what is kept is the request, and its labels are
read at the scrape. A request that is gone is gone from here: the gauge cannot stick.

Threads: adding and removing are one dictionary operation each; any thread may.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol
from weakref import WeakValueDictionary

from deskwatch.catalog.metrics import http
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics import Gauge, Registry
from deskwatch.client.metrics.registry import MAX_LABEL_SETS
from deskwatch.client.service.by_labels import ByLabels
from deskwatch.client.service.summed import summed


class Ongoing(Protocol):
    """A request that waits for its answer."""

    @property
    def method(self) -> str:
        """The label ``method``."""
        ...

    @property
    def endpoint(self) -> str:
        """The label ``endpoint``, as far as it is known by now."""
        ...


class InProgress:
    """The requests of a process that wait for their answer."""

    def __init__(self, registry: Registry) -> None:
        family = summed(registry, http.REQUESTS_IN_PROGRESS)
        self._gauges: ByLabels[Gauge] = ByLabels(family.labels, registry.drops)
        self._ongoing: dict[int, Ongoing] = {}
        self._known: set[tuple[str, str]] = set()
        registry.show_before_exposing(self)
        renew_after_fork(self)

    def know(self, method: str, endpoint: str) -> None:
        """Show these labels from now on, as 0 while nothing waits."""
        if len(self._known) < MAX_LABEL_SETS:
            self._known.add((method, endpoint))

    def add(self, request: Ongoing) -> None:
        """Count a request until it is removed."""
        self._ongoing[id(request)] = request

    def remove(self, request: Ongoing) -> None:
        """Count it no more; once is enough, twice does no harm."""
        self._ongoing.pop(id(request), None)

    def show(self) -> None:
        """Set the gauges, in the thread of the scrape."""
        counts = Counter((request.method, request.endpoint) for request in list(self._ongoing.values()))
        for labels in counts:
            self.know(*labels)
        for labels in list(self._known):
            self._gauges.get(*labels).set(float(counts[labels]))

    def after_fork(self) -> None:
        """Leave to the parent what it answers."""
        self._ongoing = {}


_of_registry: WeakValueDictionary[int, InProgress] = WeakValueDictionary()
"""By the identity of the registry, which lives as long as what shows in it."""


def in_progress_of(registry: Registry) -> InProgress:
    """Return the one that shows in this registry, so that two recorders of a process add up."""
    found = _of_registry.get(id(registry))
    return found if found is not None else _of_registry.setdefault(id(registry), InProgress(registry))
