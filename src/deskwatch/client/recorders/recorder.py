"""What all recorders beside trading share: a registry, a dialect, a port."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskwatch.client.dialect import declarations
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import Drops, Registry
from deskwatch.client.serving import Serving


class Recorder(Serving):
    """Declares metrics of the catalogue, under its names or a dialect's.

    Args:
        registry: Where they are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.

    Raises:
        ValueError: There is no such dialect, or another recorder of the registry speaks another one.
    """

    def __init__(
        self,
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry, port, link=link, clock=clock)
        self._declares = declarations(self._registry, dialect)

    @property
    def _drops(self) -> Drops:
        return self._registry.drops
