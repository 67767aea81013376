"""Commands that a service sends to its cache.

Way:     redis-py's calls, or a call by hand → [commands] → the families ``cache_*``.
"""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metrics import cache as catalog
from deskwatch.client.metrics import Counter, Histogram, Registry
from deskwatch.client.metrics.family import Family
from deskwatch.client.service.by_labels import ByLabels

PIPELINE: Final = "PIPELINE"
"""The label ``command`` of a pipeline."""


class CommandRecorder:
    """One command, with its label bound."""

    __slots__ = ("_commands", "_errors", "_hits", "_misses", "_seconds")

    def __init__(self, cache: Cache, command: str) -> None:
        self._commands = cache.commands.labels(command)
        self._seconds = cache.duration.labels(command)
        self._hits = ByLabels[Counter](lambda: cache.hits.labels(command), cache.drops)
        self._misses = ByLabels[Counter](lambda: cache.misses.labels(command), cache.drops)
        self._errors = ByLabels[Counter](lambda kind: cache.errors.labels(command, kind), cache.drops)

    def record(self, seconds: float | None, *, hits: int = 0, misses: int = 0, error_type: str | None = None) -> None:
        """Record a command that was answered.

        Args:
            seconds: From sending it to its answer; ``None`` for one of a pipeline, which is timed as a whole.
            hits: Keys that were asked for and were there.
            misses: Keys that were asked for and were not there.
            error_type: The class of the exception, if it failed.
        """
        self._commands.inc()
        if seconds is not None:
            self._seconds.observe(seconds)
        if type(hits) is not int or hits:  # a hostile object may not even be asked whether it is true
            self._hits.get().inc(hits)
        if type(misses) is not int or misses:
            self._misses.get().inc(misses)
        if error_type is not None:
            self._errors.get(error_type).inc()


class PipelineRecorder:
    """All pipelines: how long they took; their commands are recorded each by itself."""

    __slots__ = ("_errors", "_seconds")

    def __init__(self, cache: Cache) -> None:
        self._seconds = ByLabels[Histogram](lambda: cache.duration.labels(PIPELINE), cache.drops)
        self._errors = ByLabels[Counter](lambda kind: cache.errors.labels(PIPELINE, kind), cache.drops)

    def record(self, seconds: float, error_type: str | None = None) -> None:
        """Record a pipeline that was answered."""
        self._seconds.get().observe(seconds)
        if error_type is not None:
            self._errors.get(error_type).inc()


class Cache:
    """The cache of a service, in one registry."""

    def __init__(self, registry: Registry) -> None:
        self.drops = registry.drops
        self.commands: Family[Counter] = registry.family(catalog.COMMANDS)
        self.duration: Family[Histogram] = registry.family(catalog.COMMAND_DURATION)
        self.errors: Family[Counter] = registry.family(catalog.ERRORS)
        self.hits: Family[Counter] = registry.family(catalog.HITS)
        self.misses: Family[Counter] = registry.family(catalog.MISSES)
        self.pipelines = PipelineRecorder(self)
        self._commands = ByLabels(lambda command: CommandRecorder(self, command), registry.drops)

    def bind(self, command: str) -> CommandRecorder:
        """Return the recorder of one command."""
        return self._commands.get(command)
