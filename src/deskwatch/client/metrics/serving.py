"""One server a process and port, whoever asks for it.

Way:     ``start_server`` of a recorder → [serving] → Exporter; the monitor is told where.
Threads: any may call. A port is opened within the call, which is made when the bot starts.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from deskwatch.client.fork import renew_after_fork
from deskwatch.client.link import RecordSink, default_link
from deskwatch.client.metrics.exporter import Exporter
from deskwatch.client.metrics.registry import Registry

LOOPBACK: Final = "127.0.0.1"


def serve(registry: Registry, port: int = 0, host: str = LOOPBACK, link: RecordSink | None = None) -> Exporter:
    """Serve ``/metrics`` and tell the monitor where; who asks for the same port gets the same server.

    Args:
        registry: What to expose, with what prometheus-client has in this process.
        port: The port; 0 for the one that serves this registry already, or any free one. One that is taken is
            counted and told, not raised: the exporter then has no ``url``.
        host: The address; another than loopback shows the bot's figures to the network.
        link: Where the monitor is told; by default that of the process.
    """
    exporter = _servers.get(registry, port, host)
    (link or default_link()).announce(exporter.url, int(time.time() * 1000))
    return exporter


def leave(exporter: Exporter) -> None:
    """Need the server no longer; it stops when the last one who asked for it has left."""
    _servers.leave(exporter)


class _Servers:
    """The servers of this process, and how many use each."""

    def __init__(self) -> None:
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Start with none: the parent's ports are the parent's."""
        self._lock = threading.Lock()
        self._users: dict[Exporter, int] = {}

    def get(self, registry: Registry, port: int, host: str) -> Exporter:
        with self._lock:
            running = (exporter for exporter in self._users if exporter.serves(registry, host, port))
            exporter = next(running, None) or Exporter(registry, host, port)
            if exporter.start() is not None:
                self._users[exporter] = self._users.get(exporter, 0) + 1
            return exporter

    def leave(self, exporter: Exporter) -> None:
        with self._lock:
            others = self._users.pop(exporter, 0) - 1
            if others > 0:
                self._users[exporter] = others
                return
        exporter.stop()


_servers: Final = _Servers()
