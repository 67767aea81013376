"""Serve and push the metrics of a recorder's registry, whichever recorder it is.

Way:     recorder → [serving] → the process's server of that port, or a push; the monitor is told where.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Final

from deskwatch.client.link import BOT_VARIABLE, RecordSink, default_link
from deskwatch.client.metrics import Exporter, Registry, default_registry
from deskwatch.client.metrics.push import PUSH_SECONDS, PushResult, push
from deskwatch.client.metrics.serving import LOOPBACK, leave, serve

DEFAULT_JOB: Final = "batch"


class Serving:
    """A recorder whose metrics can be served and pushed.

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

    def start_server(self, port: int | None = None, host: str = LOOPBACK) -> Exporter:
        """Serve ``/metrics`` and tell the monitor where; recorders with the same port share the server.

        Args:
            port: The port, 0 for the one that serves this registry already or any free one; by default the recorder's.
                One that is taken is counted and told, not raised.
            host: The address; another than loopback shows the bot's figures to the network.
        """
        if self._exporter is None or self._exporter.url is None:
            self._exporter = serve(self._registry, self._port if port is None else port, host, self._link)
        return self._exporter

    def stop_server(self) -> None:
        """Serve no more, unless another recorder uses the same server."""
        exporter, self._exporter = self._exporter, None
        if exporter is not None:
            leave(exporter)

    def push(
        self,
        job: str | None = None,
        *,
        url: str | None = None,
        grouping_key: Mapping[str, str] | None = None,
        replace: bool = True,
        timeout_seconds: float = PUSH_SECONDS,
    ) -> PushResult:
        """Push everything that ``/metrics`` would show, at the end of a batch job; never raises.

        Args:
            job: The label ``job``; by default what ``DESKWATCH_BOT`` says, else ``batch``.
            url: Of a Pushgateway or of the deskwatch server; by default what ``DESKWATCH_URL`` says.
            grouping_key: More labels that name the group.
            replace: Replace the whole group; otherwise only the metrics of the same names.
            timeout_seconds: How long the caller waits at most.
        """
        return push(
            job or os.environ.get(BOT_VARIABLE) or DEFAULT_JOB,
            url=url,
            grouping_key=grouping_key,
            replace=replace,
            registry=self._registry,
            timeout_seconds=timeout_seconds,
        )
