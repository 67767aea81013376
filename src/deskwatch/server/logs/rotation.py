"""Keep a growing log small without the writer's help and without losing a line.

The bot holds the file open and appends, so the file can be neither renamed (the bot would follow it) nor
emptied (what it writes meanwhile would be lost). Instead the old part is copied to an archive, and then its
blocks are given back to the file system: a hole. The file keeps its length, so the bot and the tail
notice nothing.

Source:  man 2 fallocate (FALLOC_FL_PUNCH_HOLE, ext4, XFS, Btrfs, tmpfs). Elsewhere the file is left to grow,
         because to lose lines would be worse.
Way:     each archive is named by the bytes that it holds, ``bot.log.<from>-<to>``: a crash between copy and hole
         is seen at the next start, and nothing is copied twice.
"""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path
from typing import Final

ROTATE_BYTES: Final = 16 * 1024 * 1024  # of text in the live file before a part goes to an archive
KEEP_BYTES: Final = 4 * 1024 * 1024  # stays in the live file, so that a restart finds its last lines there
_COPY_BYTES: Final = 1024 * 1024
_KEEP_SIZE_PUNCH_HOLE: Final = 0x01 | 0x02  # linux/falloc.h: FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
_ARCHIVE: Final = re.compile(r"\.(\d+)-(\d+)$")


class Rotation:
    """Moves the old part of one log into archives.

    Args:
        path: The live file.
        rotate_bytes: How much the live file holds before it is rotated.
        keep_bytes: How much of it stays.
    """

    def __init__(self, path: Path, *, rotate_bytes: int = ROTATE_BYTES, keep_bytes: int = KEEP_BYTES) -> None:
        self._path = path
        self._rotate_bytes = rotate_bytes
        self._keep_bytes = keep_bytes
        self._base: int | None = None

    def step(self) -> Path | None:
        """Rotate if it is time, and return the new archive; may take as long as copying 16 MiB does.

        Raises:
            OSError: The archive cannot be written; the live file is as it was.
        """
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return None
        base = self._base_of(size)
        if size - base < self._rotate_bytes:
            return None
        cut = self._line_end_before(size - self._keep_bytes, base)
        if cut <= base:
            return None
        archive = self._copy(base, cut)
        self._base = cut
        _punch_hole(self._path, cut)
        return archive

    def expire(self, before_ms: int) -> int:
        """Delete archives last written before a wall time; return how many."""
        old = [path for path in self.archives() if path.stat().st_mtime * 1000 < before_ms]
        for path in old:
            path.unlink()
        return len(old)

    def archives(self) -> list[Path]:
        """Return the archives, oldest first."""
        found = [path for path in self._path.parent.glob(f"{self._path.name}.*") if _ARCHIVE.search(path.name)]
        return sorted(found, key=_end_of)

    def _base_of(self, size: int) -> int:
        if self._base is None:
            archived = max((_end_of(path) for path in self.archives()), default=0)
            self._base = max(archived, _first_data(self._path))
        if self._base > size:
            self._base = 0  # a new file under the old name
        return self._base

    def _line_end_before(self, position: int, base: int) -> int:
        start = max(base, position - _COPY_BYTES)
        with self._path.open("rb") as file:
            file.seek(start)
            newline = file.read(position - start).rfind(b"\n")
        return start + newline + 1 if newline >= 0 else base

    def _copy(self, start: int, end: int) -> Path:
        archive = self._path.with_name(f"{self._path.name}.{start}-{end}")
        draft = archive.with_name(f"{self._path.name}.draft")
        with self._path.open("rb") as source, draft.open("wb") as target:
            source.seek(start)
            left = end - start
            while left:
                left -= target.write(source.read(min(left, _COPY_BYTES)))
            target.flush()
            os.fsync(target.fileno())
        return draft.rename(archive)


def _end_of(archive: Path) -> int:
    match = _ARCHIVE.search(archive.name)
    return int(match[2]) if match is not None else 0


def _first_data(path: Path) -> int:
    """Return where the hole at the beginning ends; archives may have expired, the hole has not."""
    with path.open("rb") as file:
        try:
            return os.lseek(file.fileno(), 0, os.SEEK_DATA)
        except OSError:
            return 0  # empty, or a file system without holes


def _punch_hole(path: Path, end: int) -> bool:
    """Give the blocks before ``end`` back; say whether the file system could."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("r+b") as file:
        failed: int = libc.fallocate(file.fileno(), _KEEP_SIZE_PUNCH_HOLE, ctypes.c_int64(0), ctypes.c_int64(end))
    return failed == 0
