"""Find the /metrics of a bot that says nothing about it: ask each port on which it listens, once.

Way:     process_tree -> [discovery] -> scrape, through wiring.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from deskwatch.errors import DeskwatchError

PROBE_TIMEOUT_SECONDS: Final = 1.0  # loopback answers in milliseconds; a bot must not be bothered for longer

Fetch = Callable[[str, float], Awaitable[bytes]]
"""Fetch a URL within seconds; raises ScrapeError."""

HasSamples = Callable[[bytes], bool]
"""Say whether a body is an exposition with samples; may raise ParseError or ScrapeError."""


class MetricsDiscovery:
    """Looks for a /metrics.

    Args:
        fetch: How a URL is asked.
        has_samples: What tells an exposition from any other page.
    """

    def __init__(self, fetch: Fetch, has_samples: HasSamples) -> None:
        self._fetch = fetch
        self._has_samples = has_samples
        self._asked: set[int] = set()

    async def find(self, ports: Iterable[int]) -> str | None:
        """Return the URL of the first port, in order, that serves metrics; each port is asked only once."""
        for port in sorted(set(ports) - self._asked):
            self._asked.add(port)
            url = f"http://127.0.0.1:{port}/metrics"
            if await self._is_metrics(url):
                return url
        return None

    def forget(self) -> None:
        """Ask every port again, because the bot is a new process."""
        self._asked.clear()

    async def _is_metrics(self, url: str) -> bool:
        try:
            return self._has_samples(await self._fetch(url, PROBE_TIMEOUT_SECONDS))
        except DeskwatchError:
            return False
