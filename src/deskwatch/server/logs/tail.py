"""Follow a file to which a bot appends, line by line, and forget nothing between two looks.

Way:     the bot's captured output -> [tail] -> book.
Source:  docs/decisions/0002-bot-output.md: the bot writes to the file itself, so a dead monitor loses nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from deskwatch.server.logs.text import MAX_LINE_BYTES, clean_line

READ_BYTES: Final = 1024 * 1024  # at one look, so that a flood holds the event loop for milliseconds only
REFILL_BYTES: Final = 4 * 1024 * 1024  # 10,000 lines of 400 bytes


class Tail:
    """Reads the lines that were added to a file.

    Args:
        path: The file; it may not exist yet.
        offset: Where to begin, in bytes.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._rest = b""
        self._skips_rest_of_line = False
        self.offset = offset

    def poll(self) -> list[str]:
        """Return the complete lines that came since the last look, cut at 16 KiB."""
        data = self._read()
        if not data:
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._skips_rest_of_line and lines:
            lines, self._skips_rest_of_line = lines[1:], False
        cleaned = [clean_line(line) for line in lines]
        if len(self._rest) > MAX_LINE_BYTES:
            # A line without end: show its beginning once and drop what follows up to the next line.
            if not self._skips_rest_of_line:
                cleaned.append(clean_line(self._rest))
            self._rest, self._skips_rest_of_line = b"", True
        return cleaned

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self.offset:
                    self.offset, self._rest = 0, b""  # somebody emptied the file
                file.seek(self.offset)
                data = file.read(READ_BYTES)
        except FileNotFoundError:
            return b""
        self.offset += len(data)
        return data


def read_end(path: Path, count: int) -> tuple[list[str], int]:
    """Return the last complete lines of a file and the offset behind them, where a :class:`Tail` goes on."""
    try:
        size = path.stat().st_size
        start = max(0, size - REFILL_BYTES)
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(size - start)
    except FileNotFoundError:
        return [], 0
    complete, newline, _ = data.rpartition(b"\n")
    # What rotation took out reads as zeros; what the window cut off is no whole line.
    lines = complete.lstrip(b"\0").split(b"\n")[1 if start and data[:1] != b"\0" else 0 :]
    end = start + len(complete) + len(newline)
    return ([clean_line(line) for line in lines[-count:]] if newline else []), end
