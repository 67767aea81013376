"""Send one body within a deadline, with nothing but the standard library.

Threads: called from threads of the client's own; it may wait up to the deadline.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection
    from ssl import SSLContext

MAX_REPLY_BYTES: Final = 64 * 1024
"""What is read of an answer: a head, and a text that says why not."""

# Worth another try: Request Timeout, Too Early, Too Many Requests and every 5xx.
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9, rfc8470#section-5.2, rfc6585#section-4
_RETRYABLE: Final = frozenset({408, 425, 429})

_HEAD_END: Final = b"\r\n\r\n"


class Answer(Enum):
    """What came of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        status: Its status.
        headers: Names in lower case.
        body: What came of its body before the deadline, 64 KiB at most.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def answer(self) -> Answer:
        """Whether it was taken, and if not, whether to try again."""
        if 200 <= self.status < 300:
            return Answer.TAKEN
        return Answer.RETRY if self.status >= 500 or self.status in _RETRYABLE else Answer.REFUSED


def post(
    url: str, body: bytes, *, token: str, timeout_seconds: float, hear: Callable[[bytes], None] | None = None
) -> Answer:
    """Send a JSON body.

    Args:
        url: Where to, as for ``exchange``.
        body: The JSON.
        token: For ``Authorization: Bearer``.
        timeout_seconds: For everything together.
        hear: Told what the body of a 200 says.

    Raises:
        OSError: The server could not be reached or did not answer in time.
        ValueError: What came back is not HTTP.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    reply = exchange("POST", url, body, headers, timeout_seconds=timeout_seconds)
    if reply.status == 200 and hear is not None:
        hear(reply.body)
    return reply.answer


def exchange(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout_seconds: float,
    ca_file: str | None = None,
) -> Reply:
    """Send one request and return the answer, whatever its status.

    Args:
        method: Such as ``POST``.
        url: Where to; ``http`` or ``https``, with ``user:password@`` for HTTP Basic. Redirects are not followed.
        body: What is sent.
        headers: What is said of it.
        timeout_seconds: For everything together, from connecting to the answer; only a DNS server may exceed it.
        ca_file: Certificates to trust instead of the machine's, in PEM.

    Raises:
        OSError: The server could not be reached or did not answer in time.
        ValueError: The URL cannot be used, or what came back is not HTTP.
    """
    deadline = time.monotonic() + timeout_seconds
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a URL to send to is such as http://127.0.0.1:9091, with a scheme and a host")
    connection = _connection(parts, timeout_seconds, ca_file)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body=body, headers={**_basic(parts), **headers, "Connection": "close"})
        return _reply(_read(connection, deadline))
    finally:
        connection.close()


def _connection(parts: SplitResult, timeout_seconds: float, ca_file: str | None) -> HTTPConnection:
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415  (a bot without a monitor saves it)

    place = parts.netloc.rpartition("@")[2]
    if parts.scheme == "http":
        return HTTPConnection(place, timeout=timeout_seconds)
    return HTTPSConnection(place, timeout=timeout_seconds, context=_tls(ca_file))


@lru_cache(maxsize=4)
def _tls(ca_file: str | None) -> SSLContext:
    """Return the certificates to trust: loading the machine's holds the interpreter for 20 ms, so it is done once."""
    from ssl import create_default_context  # noqa: PLC0415  (as above)

    return create_default_context(cafile=ca_file)


def _basic(parts: SplitResult) -> dict[str, str]:
    if parts.password is None:
        return {}
    who = f"{unquote(parts.username or '')}:{unquote(parts.password)}"
    return {"Authorization": f"Basic {b64encode(who.encode()).decode()}"}


def _read(connection: HTTPConnection, deadline: float) -> bytes:
    """Return the answer up to the deadline; its status line at least.

    Read by hand: http.client's timeout holds for each read, and a server that sends a byte a second would never end.
    """
    received = b""
    while not _is_whole(received):
        connection.sock.settimeout(max(deadline - time.monotonic(), 1e-6))
        try:
            chunk = connection.sock.recv(MAX_REPLY_BYTES)
        except TimeoutError:
            if b"\n" in received:
                return received
            raise TimeoutError("the server did not answer within the deadline") from None
        if not chunk and b"\n" not in received:
            raise ConnectionResetError("the server closed the connection without an answer")
        if not chunk:
            return received
        received += chunk
    return received


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(_HEAD_END)
    if len(received) >= MAX_REPLY_BYTES or not end:
        return len(received) >= MAX_REPLY_BYTES
    headers = _headers(head)
    if _is_chunked(headers):
        return body.endswith(b"0\r\n\r\n")
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        return len(body) >= int(length)
    return head.split(b" ", 2)[1:2] == [b"204"]


def _reply(received: bytes) -> Reply:
    head, _, body = received.partition(_HEAD_END)
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError(f"the answer starts with {received[:20]!r}, not with HTTP/")
    headers = _headers(head)
    return Reply(int(rest[:3]), headers, _joined(body) if _is_chunked(headers) else body)


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return headers.get("transfer-encoding", "").lower() == "chunked"


def _joined(chunks: bytes) -> bytes:
    """Return the body that came in chunks, up to the first that is none.

    Source: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
    """
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            break
        body += rest[:length]
        chunks = rest[length + 2 :] if length > 0 else b""
    return body


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
