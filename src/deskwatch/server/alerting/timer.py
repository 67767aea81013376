"""Even time and a bell: when a stage works next.

Time:    milliseconds that start at the wall time and then follow the monotonic clock: when somebody sets the wall
         clock, nothing is sent too early or too late. Stamps for people still come from the wall clock.
"""

from __future__ import annotations

import asyncio

from deskwatch.model import Clock


class Timer:
    """Waits until a time, or until somebody rings.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start_ms = clock.now_ms() - clock.monotonic() * 1000
        self._bell = asyncio.Event()

    def now_ms(self) -> int:
        """Return the even time."""
        return round(self._start_ms + self._clock.monotonic() * 1000)

    def ring(self) -> None:
        """Wake whoever waits, or the next to wait."""
        self._bell.set()

    async def wait_until(self, due_ms: int | None) -> None:
        """Wait until the even time is ``due_ms`` or the bell rings; ``None`` waits for the bell alone."""
        waits: set[asyncio.Future[object]] = {asyncio.ensure_future(self._bell.wait())}
        if due_ms is not None:
            waits.add(asyncio.ensure_future(self._clock.sleep(max(0, due_ms - self.now_ms()) / 1000)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._bell.clear()
