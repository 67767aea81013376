"""A loopback webhook that keeps what arrives, and can be told to be slow or to refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any


class Collector:
    """Receives webhooks.

    Args:
        pause_seconds: Asked for each request: how long to wait between taking it and answering.

    Attributes:
        bodies: The JSON of what was taken, in order.
        status: What to answer; a message counts as taken when it is below 300.
    """

    def __init__(self, pause_seconds: Callable[[], float] = lambda: 0.0) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self.stopped = Event()
        collector, lock = self, Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                data = self.rfile.read(length)
                if len(data) < length:  # the client was killed while it spoke
                    self.close_connection = True
                    return
                body = json.loads(data)
                with lock:
                    if collector.status < 300:
                        collector.bodies.append(body)
                    pause = pause_seconds()
                collector.stopped.wait(pause)
                self.send_response(collector.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _quiet(Handler))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def names(self) -> list[str]:
        """The name of each alert in each message."""
        return [alert["labels"]["alertname"] for body in list(self.bodies) for alert in body["alerts"]]

    def wait_for(self, wanted: set[str], timeout_seconds: float) -> set[str]:
        """Wait until all these alerts have arrived; return those that have not."""
        end = time.monotonic() + timeout_seconds
        while time.monotonic() < end and not wanted <= set(self.names()):
            time.sleep(0.02)
        return wanted - set(self.names())

    def __enter__(self) -> Collector:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def _quiet(handler: type[BaseHTTPRequestHandler]) -> type[BaseHTTPRequestHandler]:
    """A client that was killed breaks its connection; that is what these tests are about, not an error."""

    class Quiet(handler):  # type: ignore[misc, valid-type]
        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except ConnectionError:
                self.close_connection = True

    return Quiet
