"""Each port is asked once, and only an exposition is taken."""

from __future__ import annotations

import pytest

from deskwatch.errors import ParseError, ScrapeError, ScrapeReason
from deskwatch.server.supervise import MetricsDiscovery

pytestmark = pytest.mark.anyio


class Ports:
    """Bodies by port."""

    def __init__(self, bodies: dict[int, bytes]) -> None:
        self.bodies = bodies
        self.asked: list[str] = []

    async def fetch(self, url: str, timeout_seconds: float) -> bytes:
        assert timeout_seconds <= 1
        self.asked.append(url)
        port = int(url.split(":")[2].split("/", maxsplit=1)[0])
        if port not in self.bodies:
            raise ScrapeError("refused", reason=ScrapeReason.REFUSED)
        return self.bodies[port]


def has_samples(body: bytes) -> bool:
    if body.startswith(b"<"):
        raise ParseError("no exposition")
    return bool(body)


async def test_the_first_port_with_metrics_is_found():
    ports = Ports({1: b"<html>", 2: b"", 3: b"a 1\n", 4: b"b 1\n"})
    assert await MetricsDiscovery(ports.fetch, has_samples).find({4, 3, 2, 1, 0}) == "http://127.0.0.1:3/metrics"


async def test_no_port_is_asked_twice_until_the_bot_is_new():
    ports = Ports({})
    discovery = MetricsDiscovery(ports.fetch, has_samples)
    await discovery.find([1, 2])
    await discovery.find([1, 2])
    assert len(ports.asked) == 2
    discovery.forget()
    await discovery.find([1])
    assert len(ports.asked) == 3
