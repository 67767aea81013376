"""Serve the metrics of a recorder's registry, whichever recorder it is.

Way:     recorder → [serving] → exporter; the monitor is told where.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from deskwatch.client.link import RecordSink, default_link
from deskwatch.client.metrics import Exporter, Registry, default_registry


class Serving:
    """A recorder whose metrics can be served.

    Args:
        registry: What is served; by default the registry of the process.
        port: Where ``start_server`` serves it unless it is given another; 0 for any free port.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.
        clock: Gives the wall time in seconds.
    """

    def __init__(
        self,
        registry: Registry | None = None,
        port: int = 0,
        *,
        link: RecordSink | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry if registry is not None else default_registry()
        self._port = port
        self._link = link if link is not None else default_link()
        self._clock = clock
        self._exporter: Exporter | None = None

    @property
    def registry(self) -> Registry:
        """Where the metrics are declared."""
        return self._registry

    def start_server(self, port: int | None = None, host: str = "127.0.0.1") -> Exporter:
        """Serve ``/metrics`` and tell the monitor where.

        Args:
            port: The port, 0 for any free one; by default the recorder's. One that is taken is counted and told, not
                raised.
            host: The address; another than loopback shows the bot's figures to the network.
        """
        if self._exporter is None or self._exporter.url is None:
            self._exporter = Exporter(self._registry, host, self._port if port is None else port)
            self._exporter.start()
        self._announce(self._exporter.url)
        return self._exporter

    def _announce(self, metrics_url: str | None) -> None:
        self._link.announce(metrics_url, int(self._clock() * 1000))
