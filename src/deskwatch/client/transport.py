"""Post one body within a deadline, with nothing but the standard library.

Threads: called from the link's thread only; it may wait up to the deadline.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_ANSWER_BYTES: Final = 64 * 1024  # reliability, section 4: what a command may have

# Worth another try: Request Timeout, Too Early, Too Many Requests and every 5xx.
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9, rfc8470#section-5.2, rfc6585#section-4
_RETRYABLE: Final = frozenset({408, 425, 429})


class Answer(Enum):
    """What came of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    RETRY = "retry"


def post(
    url: str, body: bytes, *, token: str, timeout_seconds: float, hear: Callable[[bytes], None] | None = None
) -> Answer:
    """Send a JSON body.

    Args:
        url: Where to; ``http`` or ``https``. Redirects are not followed.
        body: The JSON.
        token: For ``Authorization: Bearer``.
        timeout_seconds: For everything together, from connecting to the end of the answer.
        hear: Told the body of a 200, of which one byte more than ``MAX_ANSWER_BYTES`` is read at most.

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
        status, head, rest = _read_head(connection, deadline)
        if status == 200 and hear is not None:
            hear(_read_body(connection, head, rest, deadline))
        return _answer(status)
    finally:
        connection.close()


def _connection(scheme: str, netloc: str, timeout_seconds: float) -> HTTPConnection:
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415  (a bot without a monitor saves it)

    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    return kind(netloc, timeout=timeout_seconds)


def _read_head(connection: HTTPConnection, deadline: float) -> tuple[int, bytes, bytes]:
    """Return the status of the answer, its head, and what came of the body with it.

    Read by hand: http.client's timeout holds for each read, and a server that sends a byte a second would never end.
    """
    received = _read_until(b"\n", b"", connection, deadline)
    with contextlib.suppress(OSError):  # with the status it is known what became of the records
        received = _read_until(b"\r\n\r\n", received, connection, deadline)
    if not received:
        raise ConnectionResetError("the monitor closed the connection without an answer")
    version, _, rest = received.partition(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError(f"the answer starts with {received[:20]!r}, not with HTTP/")
    head, _, body = received.partition(b"\r\n\r\n")
    return int(rest[:3]), head, body


def _read_body(connection: HTTPConnection, head: bytes, received: bytes, deadline: float) -> bytes:
    """Return the body; less of it if it breaks off, for the records themselves were taken."""
    found = re.search(rb"\r\ncontent-length: *(\d{1,9})\r?(?:\n|$)", head, re.IGNORECASE)
    length = min(int(found[1]) if found else MAX_ANSWER_BYTES + 1, MAX_ANSWER_BYTES + 1)
    try:
        while len(received) < length:
            chunk = _read(connection, deadline)
            if not chunk:
                break
            received += chunk
    except OSError:
        return received[:length]
    return received[:length]


def _read_until(end: bytes, received: bytes, connection: HTTPConnection, deadline: float) -> bytes:
    while end not in received and len(received) < MAX_HEAD_BYTES:
        chunk = _read(connection, deadline)
        if not chunk:
            break
        received += chunk
    return received


def _read(connection: HTTPConnection, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the monitor did not answer within the deadline")
    connection.sock.settimeout(left)
    return bytes(connection.sock.recv(MAX_HEAD_BYTES))


def _answer(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer.TAKEN
    return Answer.RETRY if status >= 500 or status in _RETRYABLE else Answer.REFUSED
