"""Append to a log file that several processes write, and move it away when it is due.

Way:     Writer → [file] → the file; what was moved away → Archivist.
Locks:   O_APPEND alone keeps lines whole, but not rotation: a process could still write to a file that another has
         moved away and packed. So every write and every move happens under an exclusive ``flock`` on
         ``.<name>.lock``, after a look whether the name still leads to the file that is open. The kernel releases the
         lock when its holder dies.
Source:  https://man7.org/linux/man-pages/man2/flock.2.html
Threads: one, the writer's.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from deskwatch.client.logs.archive import LOG_MODE, Archivist, archive_path, archives
from deskwatch.client.logs.rotation import Rotation

_CLOSED: Final = -1


class LogFile:
    """A file of lines.

    Args:
        path: Its absolute name.
        rotation: When it is moved away; ``None`` leaves that to others, such as logrotate, whose moves are seen.
        now_seconds: The wall clock.
    """

    def __init__(
        self, path: Path, rotation: Rotation | None = None, now_seconds: Callable[[], float] = time.time
    ) -> None:
        self.path = path
        self.archivist = Archivist(path, rotation, now_seconds) if rotation is not None else None
        self._rotation = rotation
        self._now_seconds = now_seconds
        self._lock_path = path.with_name(f".{path.name}.lock")
        self._file = self._lock = _CLOSED
        self._inode = self._known_bytes = 0

    def open(self) -> None:
        """Make the directory, open the file, and see to what a process that died has left unpacked.

        Raises:
            OSError: One of them is not possible.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._reopen()
        if self.archivist is not None and any(file.suffix != ".gz" for file in archives(self.path)):
            self.archivist.begin()

    def append(self, lines: bytes) -> None:
        """Write whole lines, all of them or none.

        Raises:
            OSError: The disk is full, or the file cannot be opened.
        """
        with self._alone():
            size_bytes = self._sized()
            if self._is_due(size_bytes, len(lines)):
                size_bytes = self._rotate()
            if size_bytes != self._known_bytes and self._is_torn(size_bytes):
                lines = b"\n" + lines
            self._write(lines, size_bytes)

    def close(self) -> None:
        """Close the file and its lock; the next line opens them again."""
        for descriptor in (self._file, self._lock):
            if descriptor != _CLOSED:
                os.close(descriptor)
        self._file = self._lock = _CLOSED

    def after_fork(self) -> None:
        """Let go of the parent's lock, which a child would share and not wait for."""
        with suppress(OSError):
            self.close()
        if self.archivist is not None:
            self.archivist.after_fork()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._lock == _CLOSED:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, LOG_MODE)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _sized(self) -> int:
        """Return the size of the file that the name leads to, opened if it is another one than before."""
        try:
            found = os.stat(self.path)  # noqa: PTH116  (Path.stat costs twice as much, and each write asks)
        except FileNotFoundError:
            return self._reopen()
        if self._file == _CLOSED or found.st_ino != self._inode:
            return self._reopen()
        self._written_seconds = found.st_mtime
        return found.st_size

    def _reopen(self) -> int:
        if self._file != _CLOSED:
            os.close(self._file)
            self._file = _CLOSED
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, LOG_MODE)
        found = os.fstat(self._file)
        self._inode, self._written_seconds, self._known_bytes = found.st_ino, found.st_mtime, 0
        return found.st_size

    def _is_due(self, size_bytes: int, more_bytes: int) -> bool:
        if self._rotation is None:
            return False
        return self._rotation.is_due(size_bytes, more_bytes, self._written_seconds, self._now_seconds())

    def _rotate(self) -> int:
        self.path.rename(archive_path(self.path, self._now_seconds()))
        if self.archivist is not None:
            self.archivist.begin()
        return self._reopen()

    def _is_torn(self, size_bytes: int) -> bool:
        """Say whether another process died within its last write, so that the end is no end of a line."""
        return size_bytes > 0 and os.pread(self._file, 1, size_bytes - 1) != b"\n"

    def _write(self, lines: bytes, size_bytes: int) -> None:
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, size_bytes)  # half a line is of no use, and all will be written again
            raise
        self._known_bytes = size_bytes + len(lines)
