"""One server a data directory: a lock that the kernel drops when its holder dies.

Source:  flock(2).  SQLite before 3.51.3 may corrupt a WAL when two connections write and checkpoint at once
         (https://www.sqlite.org/wal.html#walresetbug), so a second writer is refused before it opens the file.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from deskwatch.errors import StorageError, StorageReason

LOCK_FILE = "deskwatch.lock"


class DataLock:
    """The held lock of a data directory; the lock file names the holder's pid."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, directory: Path) -> DataLock:
        """Take the lock at once.

        Raises:
            StorageError: LOCKED, naming the process that holds it.
        """
        path = directory / LOCK_FILE
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise StorageError(
                f"data directory {directory} is in use by the deskwatch server with pid {holder}; "
                "stop that server, or give this one another data_dir",
                reason=StorageReason.LOCKED,
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would let two servers lock two files."""
        os.close(self._descriptor)
