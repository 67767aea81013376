"""A clock that moves only when told to."""

from __future__ import annotations

import asyncio
import heapq


class ManualClock:
    """A clock for tests and replays: wall and monotonic time advance together, by hand.

    Args:
        start_ms: The first wall time, in milliseconds since the Unix epoch.
    """

    def __init__(self, start_ms: int = 1_640_995_200_000) -> None:
        self._start_ms = start_ms
        self._elapsed_ms = 0
        self._wall_offset_ms = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = 0

    def now_ms(self) -> int:
        """Return the wall time, in milliseconds."""
        return self._start_ms + self._elapsed_ms + self._wall_offset_ms

    def monotonic(self) -> float:
        """Return the seconds advanced so far."""
        return self._elapsed_ms / 1000

    async def sleep(self, seconds: float) -> None:
        """Wait until somebody has advanced the clock that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (self._elapsed_ms + round(seconds * 1000), self._order, future))
        await future

    def advance(self, seconds: float) -> None:
        """Move both times forward and wake whoever was due."""
        self._elapsed_ms += round(seconds * 1000)
        while self._sleepers and self._sleepers[0][0] <= self._elapsed_ms:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an administrator would; monotonic time does not move."""
        self._wall_offset_ms += round(seconds * 1000)
