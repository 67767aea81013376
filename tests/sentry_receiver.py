"""The end of Sentry's wire: takes envelopes over loopback HTTP and keeps their items.

Source: https://develop.sentry.dev/sdk/data-model/envelopes/
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROJECT = 42


class Receiver:
    """What was received, and where to send it."""

    def __init__(self, port: int) -> None:
        self.dsn = f"http://public@127.0.0.1:{port}/{PROJECT}"
        self.items: list[tuple[str, Any]] = []

    def of_type(self, kind: str) -> list[Any]:
        """Return the payloads of all items of a type, such as ``event`` or ``transaction``."""
        return [payload for item, payload in self.items if item == kind]


def items_of(envelope: bytes) -> Iterator[tuple[str, Any]]:
    """Return type and payload of each item of an envelope."""
    _, _, rest = envelope.partition(b"\n")
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        length = header.get("length")
        payload, rest = (rest[:length], rest[length + 1 :]) if length is not None else rest.partition(b"\n")[::2]
        yield header["type"], json.loads(payload)


@contextmanager
def sentry_receiver() -> Iterator[Receiver]:
    """Receive until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == f"/api/{PROJECT}/envelope/":
                receiver.items.extend(items_of(body))
            self.send_response(200 if self.path == f"/api/{PROJECT}/envelope/" else 404)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
