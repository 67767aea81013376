"""Time as an argument: wall time for stamps, monotonic time for durations.

Way:     wiring hands one Clock to every stage; tests hand a ``testing.ManualClock``.
Time:    ``now_ms`` may jump when somebody sets the clock; ``monotonic`` never does.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What a stage may know of time."""

    def now_ms(self) -> int:
        """Return the wall time, in milliseconds since the Unix epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only ever go forward, from an unnamed start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for that many monotonic seconds."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        """Return the wall time, in milliseconds since the Unix epoch, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running event loop."""
        import asyncio  # noqa: PLC0415  (the client imports this module and must not pay for asyncio)

        await asyncio.sleep(seconds)
