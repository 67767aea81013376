"""How often something happened lately, worked out only when somebody looks.

Way:     add on the hot path is one addition; a scrape reads.
Time:    the time given with each look; looks are kept for the window, and one that goes back begins anew.
Threads: ``add`` as in ``metrics.cell``; ``per_second`` is the scrape's.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from deskwatch.client import untrusted

LOOKS: Final = 60
"""Looks kept of a window, so that it is met to a sixtieth: of an hour, a look a minute."""

SHORTEST_SECONDS: Final = 1.0
"""Over less no rate is worked out: two scrapes at once would make one of a single event."""


class RecentRate:
    """Counts events and says how many a second there were.

    Args:
        window_seconds: What counts as lately.
        now: The time at the begin, in seconds.
    """

    __slots__ = ("_count", "_looks", "_window")

    def __init__(self, window_seconds: float, now: float) -> None:
        self._window = window_seconds
        self._count = 0.0
        self._looks: deque[tuple[float, float]] = deque([(now, 0.0)])

    def add(self, count: object = 1.0) -> None:
        """Count events; what is no number above 0 is left out."""
        step = untrusted.finite(count)
        if step is not None and step > 0:
            self._count += step

    def per_second(self, now: float) -> float | None:
        """Return the rate in the window that ends now; ``None`` while there was too little time to say."""
        looks, count = self._looks, self._count
        if now < looks[-1][0]:
            looks.clear()
            looks.append((now, count))
        while len(looks) > 1 and looks[1][0] <= now - self._window:
            looks.popleft()
        since, before = looks[0]
        if now - looks[-1][0] >= self._window / LOOKS:
            looks.append((now, count))
        return (count - before) / (now - since) if now - since >= SHORTEST_SECONDS else None
