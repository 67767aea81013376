"""Fetch one exposition within a deadline and a size, or say why not.

Way:     scraper -> [fetch] -> the target's HTTP server.
Source:  reliability D1 (bombs), D3 (slow bodies, redirects); request headers as Prometheus sends them
         (prometheus/scrape/scrape.go).
"""

from __future__ import annotations

import asyncio
import errno
import zlib
from collections.abc import AsyncIterator
from typing import Final

import httpx

from deskwatch.errors import ScrapeError, ScrapeReason

MAX_BODY_BYTES: Final = 16 * 1024 * 1024  # reliability section 1, VictoriaMetrics's -promscrape.maxScrapeSize
_GZIP_WINDOW: Final = 31  # zlib.net/manual.html#Advanced: 15 for the window, 16 for a gzip header


def new_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client that goes where it is told and nowhere else: no proxies, no redirects, no cookies kept."""
    # The deadline is that of the whole scrape, in fetch(); httpx's would be for each read.
    return httpx.AsyncClient(transport=transport, timeout=None, follow_redirects=False, trust_env=False)  # noqa: S113


async def fetch(
    client: httpx.AsyncClient, url: str, timeout_seconds: float, *, max_bytes: int = MAX_BODY_BYTES
) -> bytes:
    """Return the body of the target, decompressed.

    Args:
        client: From :func:`new_client`.
        url: The target.
        timeout_seconds: The deadline for all of it.
        max_bytes: The longest body, decompressed; no more than that is ever held.

    Raises:
        ScrapeError: With the reason.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _fetch(client, url, timeout_seconds, max_bytes)
    except TimeoutError:
        raise ScrapeError(f"did not answer in full within {timeout_seconds:g} s", reason=ScrapeReason.TIMEOUT) from None
    except httpx.TransportError as error:
        raise _network_error(error) from None
    except (httpx.InvalidURL, httpx.HTTPError) as error:
        raise ScrapeError(f"cannot be asked: {error}", reason=ScrapeReason.NETWORK) from None


async def _fetch(client: httpx.AsyncClient, url: str, timeout_seconds: float, max_bytes: int) -> bytes:
    headers = {
        "Accept": "text/plain;version=0.0.4;charset=utf-8;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5",
        "Accept-Encoding": "gzip",
        "User-Agent": "deskwatch",
        "X-Prometheus-Scrape-Timeout-Seconds": f"{timeout_seconds:g}",
    }
    async with client.stream("GET", url, headers=headers) as response:
        if response.status_code != httpx.codes.OK:
            raise ScrapeError(
                f"answered with status {response.status_code}, 200 is needed", reason=ScrapeReason.HTTP_STATUS
            )
        return await _read(response, max_bytes)


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        raise ScrapeError(f"is encoded as {encoding}, gzip was asked for", reason=ScrapeReason.NOT_EXPOSITION)
    raw = response.aiter_raw()
    body = bytearray()
    async for piece in _gunzip(raw, max_bytes) if encoding == "gzip" else raw:
        body += piece
        if len(body) > max_bytes:
            raise ScrapeError(f"the body is longer than {max_bytes} bytes", reason=ScrapeReason.BODY_TOO_LARGE)
    return bytes(body)


async def _gunzip(raw: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    # Not httpx's decoder: it unpacks whatever one read brought, and gzip makes 1000 bytes of one.
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        async for piece in raw:
            yield unpacker.decompress(piece, max_bytes + 1)
    except zlib.error as error:
        raise ScrapeError(f"is no valid gzip: {error}", reason=ScrapeReason.NOT_EXPOSITION) from None
    if not unpacker.eof:
        raise ScrapeError("the gzip body ends too early", reason=ScrapeReason.NOT_EXPOSITION)


def _network_error(error: httpx.TransportError) -> ScrapeError:
    if isinstance(error, httpx.ConnectError) and _was_refused(error):
        return ScrapeError("connection refused; nothing listens there", reason=ScrapeReason.REFUSED)
    text = str(error) or type(error).__name__
    return ScrapeError(f"the connection failed: {text}", reason=ScrapeReason.NETWORK)


def _was_refused(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        causes = cause.exceptions if isinstance(cause, BaseExceptionGroup) else (cause,)
        if any(isinstance(one, OSError) and one.errno == errno.ECONNREFUSED for one in causes):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
