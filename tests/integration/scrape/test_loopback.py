"""Real sockets: refused, slow, endless."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deskwatch.errors import ScrapeError, ScrapeReason
from deskwatch.server.scrape import fetch, new_client

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def serving(*pieces: bytes, pause_seconds: float = 0.0, then_hang: bool = False) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_seconds)
            if then_hang:
                await asyncio.sleep(30)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics"


async def reason_of(url: str, timeout_seconds: float = 0.5) -> ScrapeReason:
    async with new_client() as client:
        with pytest.raises(ScrapeError) as caught:
            await fetch(client, url, timeout_seconds)
    return caught.value.reason


async def test_a_body_is_fetched():
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n") as url, new_client() as client:
        assert await fetch(client, url, 2) == b"a 1\n"


async def test_nobody_listening_is_refused():
    async with serving() as url:
        pass
    assert await reason_of(url) is ScrapeReason.REFUSED


async def test_a_target_that_never_answers_ends_at_the_deadline():
    async with serving(then_hang=True) as url:
        started = time.monotonic()
        assert await reason_of(url) is ScrapeReason.TIMEOUT
        assert time.monotonic() - started < 0.5 + 0.2  # reliability D3


async def test_a_byte_now_and_then_does_not_stretch_the_deadline():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    async with serving(head, *[b"#"] * 100, pause_seconds=0.1) as url:
        started = time.monotonic()
        assert await reason_of(url) is ScrapeReason.TIMEOUT
        assert time.monotonic() - started < 0.5 + 0.2


async def test_what_is_no_http_is_told():
    async with serving(b"SSH-2.0-OpenSSH_9.2\r\n") as url:
        assert await reason_of(url) is ScrapeReason.NETWORK


async def test_an_endless_body_ends_at_the_limit():
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    async with serving(head, *[b"#" * 2**20] * 64) as url:
        assert await reason_of(url, 10) is ScrapeReason.BODY_TOO_LARGE
