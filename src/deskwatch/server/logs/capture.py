"""Follow the captured output of one bot into the book, and keep its file small.

Way:     <data_dir>/logs/<bot>.log -> [capture] -> book.
Threads: owned by the event loop; rotation copies in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from deskwatch.model import Clock
from deskwatch.server.logs.book import RING_LINES, LogBook
from deskwatch.server.logs.rotation import Rotation
from deskwatch.server.logs.tail import Tail, read_end

POLL_SECONDS: Final = 0.2  # what a person takes for at once
ROTATE_SECONDS: Final = 10.0  # at 1 MiB a look the file grows by 50 MiB meanwhile at most

_log = logging.getLogger(__name__)


def log_path(data_dir: Path, bot: str) -> Path:
    """Return the file that takes the output of a bot."""
    return data_dir / "logs" / f"{bot}.log"


class Capture:
    """Follows one bot's file.

    Args:
        bot: Whose it is.
        path: From :func:`log_path`.
        book: Takes the lines.
        clock: Time and sleep.
        retention_ms: How long archives are kept.
    """

    def __init__(self, bot: str, path: Path, book: LogBook, clock: Clock, *, retention_ms: int) -> None:
        self._bot = bot
        self._path = path
        self._book = book
        self._clock = clock
        self._retention_ms = retention_ms
        self._rotation = Rotation(path)
        self._tail = Tail(path, self._refill())

    def poll(self) -> int:
        """Take what was written since the last look; return how many lines."""
        lines = self._tail.poll()
        for text in lines:
            self._book.add(self._bot, text)
        return len(lines)

    async def run(self) -> None:
        """Follow for ever."""
        rotate_at = self._clock.monotonic() + ROTATE_SECONDS
        while True:
            self.poll()
            if self._clock.monotonic() >= rotate_at:
                await self._rotate()
                rotate_at = self._clock.monotonic() + ROTATE_SECONDS
            await self._clock.sleep(POLL_SECONDS)

    def _refill(self) -> int:
        lines, offset = read_end(self._path, RING_LINES)
        if lines:
            self._book.refill(self._bot, lines, round(self._path.stat().st_mtime * 1000))
        return offset

    async def _rotate(self) -> None:
        try:
            await asyncio.to_thread(self._rotation.step)
            await asyncio.to_thread(self._rotation.expire, self._clock.now_ms() - self._retention_ms)
        except OSError as error:
            _log.warning("the log %s could not be rotated: %s", self._path, error.strerror)
