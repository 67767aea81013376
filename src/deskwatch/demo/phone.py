"""A phone on loopback: it takes the pages that the demo sends by webhook, and shows each as it arrives."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OnPage = Callable[[str], None]
"""Told the text of each page."""


@contextmanager
def phone(on_page: OnPage) -> Iterator[str]:
    """Serve the phone for the time of the block and give its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            on_page(told["deskwatch"]["text"])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing of its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="phone", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/page"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
