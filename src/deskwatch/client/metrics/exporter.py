"""Serve ``/metrics`` from the trading process.

Way:     registry → [exporter] → the server's scrape, or any Prometheus.
Threads: a daemon thread accepts, a daemon thread a request answers; none exists before ``start``.
"""

from __future__ import annotations

import threading
import weakref
import zlib
from typing import TYPE_CHECKING, Final

from deskwatch.client import diagnostics
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics.drops import DropReason
from deskwatch.client.metrics.exposition import CONTENT_TYPE
from deskwatch.client.metrics.registry import Registry

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REQUEST_TIMEOUT_SECONDS: Final = 5
"""A peer that sends or takes nothing for so long is cut off: half of Prometheus's default scrape_timeout of 10 s."""

GZIP_WBITS: Final = 31  # https://docs.python.org/3/library/zlib.html#zlib.compressobj: a gzip header and trailer


class Exporter:
    """An HTTP server for one registry; a failure to start is counted and told, never raised.

    Args:
        registry: What to expose.
        host: The address; another than loopback shows the bot's figures to the network.
        port: The port, 0 for any free one. Processes that share a folder may share a port: the kernel asks any of them.
    """

    def __init__(self, registry: Registry, host: str = "127.0.0.1", port: int = 0) -> None:
        self._registry = registry
        self._address = (host, port)
        self._server: ThreadingHTTPServer | None = None
        self._scraped = threading.Condition()
        self._scrapes_begun = 0
        self._last_answered = 0
        renew_after_fork(self)

    @property
    def url(self) -> str | None:
        """Where the metrics are, or ``None`` when they are not served."""
        if self._server is None:
            return None
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/metrics"

    def serves(self, registry: Registry, host: str, port: int) -> bool:
        """Say whether this is a running server of the registry, at that port or, for 0, at any."""
        if self._server is None or registry is not self._registry or host != self._address[0]:
            return False
        return port in (0, self._server.server_address[1])

    @property
    def scrapes(self) -> int:
        """How many scrapes have begun."""
        return self._scrapes_begun

    def start(self) -> str | None:
        """Serve from now on and return the URL, or ``None`` when the address cannot be used."""
        if self._server is not None:
            return self.url
        try:
            self._server = _listen(self, self._address, self._registry)
            threading.Thread(target=self._server.serve_forever, name="deskwatch-exporter", daemon=True).start()
        except Exception as error:  # noqa: BLE001  (a bot without metrics still trades)
            self._server = None
            self._registry.drops.count(DropReason.EXPORTER)
            diagnostics.say("exporter", f"/metrics cannot be served on {self._address}: {error}; choose another port")
        else:
            _running.add(self)
        return self.url

    def stop(self) -> None:
        """Stop serving and free the port."""
        server, self._server = self._server, None
        _running.discard(self)
        if server is not None:
            server.shutdown()
            server.server_close()

    def wait_scraped(self, timeout_seconds: float) -> bool:
        """Wait until a scrape that began after this call was answered; say whether one was."""
        with self._scraped:
            wanted = self._scrapes_begun + 1
            return self._scraped.wait_for(lambda: self._last_answered >= wanted, timeout_seconds)

    def render(self) -> tuple[int, bytes]:
        """Return the number of this scrape and the exposition."""
        with self._scraped:
            self._scrapes_begun += 1
            scrape = self._scrapes_begun
        return scrape, self._registry.expose()

    def answered(self, scrape: int) -> None:
        """Wake whoever waits for this scrape."""
        with self._scraped:
            self._last_answered = max(self._last_answered, scrape)
            self._scraped.notify_all()

    def after_fork(self) -> None:
        """Leave the port to the parent; the child serves nothing until it starts an exporter of its own."""
        self._scraped = threading.Condition()
        server, self._server = self._server, None
        if server is not None:
            server.socket.close()


_running: weakref.WeakSet[Exporter] = weakref.WeakSet()


def stop_exporters() -> None:
    """Stop every exporter of the process."""
    for exporter in list(_running):
        exporter.stop()


def _listen(exporter: Exporter, address: tuple[str, int], registry: Registry) -> ThreadingHTTPServer:
    from http.server import ThreadingHTTPServer  # noqa: PLC0415  (46 ms that a bot without an exporter saves)
    from socketserver import TCPServer  # noqa: PLC0415

    import prometheus_client  # noqa: F401, PLC0415  (paid for now, not at the first scrape in mid-trade)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_port = registry.shared  # each process of a service answers for all of them, whoever is asked

        def server_bind(self) -> None:
            TCPServer.server_bind(self)  # HTTPServer's own looks the host name up in the DNS
            self.server_name, self.server_port = address

        def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
            registry.drops.count(DropReason.EXPORTER)  # the base class prints on the bot's standard error

    return Server(address, _handler(exporter))


def _handler(exporter: Exporter) -> type[BaseHTTPRequestHandler]:
    from http.server import BaseHTTPRequestHandler  # noqa: PLC0415

    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_TIMEOUT_SECONDS
        server_version = "deskwatch"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path.partition("?")[0] not in ("/metrics", "/"):
                self.send_error(404, "the metrics are at /metrics")
                return
            scrape, body = exporter.render()
            self._answer(body)
            exporter.answered(scrape)

        def _answer(self, body: bytes) -> None:
            gzip = "gzip" in self.headers.get("Accept-Encoding", "")
            body = zlib.compress(body, level=1, wbits=GZIP_WBITS) if gzip else body
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            if gzip:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            """Say nothing on the bot's standard error."""

    return Handler
