"""One POST to a service, and what its failure means; a secret in the URL never reaches an error text.

Source:  https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from deskwatch.errors import DeliveryError, DeliveryReason

MAX_ANSWER_BYTES: Final = 65_536
"""No service says more than this that we would read."""

STALL_SECONDS: Final = 10.0
"""Without a byte for this long the try ends; the worker's deadline bounds it as a whole."""

NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""After these the message cannot have arrived; after any other failure it may have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered.

    Attributes:
        status: The HTTP status.
        body: The first 64 KiB of its body.
        headers: Its headers.
    """

    status: int
    body: bytes
    headers: httpx.Headers


def new_client() -> httpx.AsyncClient:
    """Return a client that follows no redirect and believes no proxy variable."""
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=STALL_SECONDS)


async def post(
    client: httpx.AsyncClient, url: str, *, content: bytes, headers: Mapping[str, str], service: str
) -> Answer:
    """POST the content and return the answer, whatever its status.

    Args:
        client: From :func:`new_client`.
        url: Where to; it may hold a secret.
        content: The body.
        headers: The headers.
        service: What to call the service in an error.

    Raises:
        DeliveryError: NETWORK, TLS or TIMEOUT; its text does not hold the URL.
    """
    try:
        async with client.stream("POST", url, content=content, headers=headers) as response:
            return Answer(response.status_code, await _start_of_body(response), response.headers)
    except httpx.InvalidURL:
        raise DeliveryError(f"{service}: its URL is not one", reason=DeliveryReason.REJECTED, retryable=False) from None
    except httpx.HTTPError as error:
        # Not chained: httpx's own errors hold the request, and so the URL.
        raise _network_error(error, service) from None


def failure(service: str, status: int, reason: DeliveryReason, *, retryable: bool, said: str = "") -> DeliveryError:
    """Return the error for an answer that is no success."""
    words = f"{service} answered {status}" + (f": {said}" if said else "")
    maybe = reason is DeliveryReason.SERVER_ERROR  # a gateway's 502 says nothing of what is behind it
    return DeliveryError(words, reason=reason, retryable=retryable, maybe_delivered=maybe)


def retry_after_seconds(headers: Mapping[str, str], now_ms: int) -> float | None:
    """Return how long the service asks to wait; ``None`` when it does not say, or says it unreadably.

    Args:
        headers: Of the answer; Retry-After holds seconds or a date.
        now_ms: Wall time.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, at.timestamp() - now_ms / 1000)


async def _start_of_body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= MAX_ANSWER_BYTES:
            break
    return bytes(body[:MAX_ANSWER_BYTES])


def _network_error(error: httpx.HTTPError, service: str) -> DeliveryError:
    reason = DeliveryReason.NETWORK
    if _caused_by_tls(error):
        reason = DeliveryReason.TLS
    elif isinstance(error, httpx.TimeoutException):
        reason = DeliveryReason.TIMEOUT
    return DeliveryError(
        f"{service} could not be reached: {type(error).__name__}",
        reason=reason,
        retryable=True,
        maybe_delivered=not isinstance(error, NOT_SENT),
    )


def _caused_by_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
