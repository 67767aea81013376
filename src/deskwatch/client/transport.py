"""Post one body within a deadline, with nothing but the standard library.

Threads: called from the link's thread only; it may wait up to the deadline.
"""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

MAX_STATUS_LINE_BYTES: Final = 4096

# Worth another try: Request Timeout, Too Early, Too Many Requests and every 5xx.
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9, rfc8470#section-5.2, rfc6585#section-4
_RETRYABLE: Final = frozenset({408, 425, 429})


class Answer(Enum):
    """What came of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    RETRY = "retry"


def post(url: str, body: bytes, *, token: str, timeout_seconds: float) -> Answer:
    """Send a JSON body.

    Args:
        url: Where to; ``http`` or ``https``. Redirects are not followed.
        body: The JSON.
        token: For ``Authorization: Bearer``.
        timeout_seconds: For everything together, from connecting to the status line.

    Raises:
        OSError: The server could not be reached or did not answer in time.
        ValueError: What came back is not HTTP.
    """
    deadline = time.monotonic() + timeout_seconds
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.netloc, timeout_seconds)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Connection": "close"}
        connection.request("POST", parts.path, body=body, headers=headers)
        return _answer(_read_status(connection, deadline))
    finally:
        connection.close()


def _connection(scheme: str, netloc: str, timeout_seconds: float) -> HTTPConnection:
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415  (a bot without a monitor saves it)

    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    return kind(netloc, timeout=timeout_seconds)


def _read_status(connection: HTTPConnection, deadline: float) -> int:
    """Return the status of the answer.

    Read by hand: http.client's timeout holds for each read, and a server that sends a byte a second would never end.
    """
    received = b""
    while b"\n" not in received and len(received) < MAX_STATUS_LINE_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the monitor did not answer within the deadline")
        connection.sock.settimeout(left)
        chunk = connection.sock.recv(MAX_STATUS_LINE_BYTES)
        if not chunk:
            raise ConnectionResetError("the monitor closed the connection without an answer")
        received += chunk
    version, _, rest = received.partition(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError(f"the answer starts with {received[:20]!r}, not with HTTP/")
    return int(rest[:3])


def _answer(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer.TAKEN
    return Answer.RETRY if status >= 500 or status in _RETRYABLE else Answer.REFUSED
