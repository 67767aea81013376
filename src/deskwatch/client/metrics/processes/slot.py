"""The number under which a process writes its files, held by a lock that the kernel releases when the process ends.

A new process takes the lowest number that nobody holds. It goes on with the counters that a dead process left under it,
so the folder holds no more files than processes ran at once, and the gauges it throws away.

Source:  https://man7.org/linux/man-pages/man2/flock.2.html (a lock belongs to the open file, not to a process number)
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

MAX_SLOTS: Final = 1_024
"""More processes than this share one folder on no machine that deskwatch is for."""


class Slot:
    """A number that is held until ``close``, or until the process ends in whatever way.

    Raises:
        OSError: The folder cannot be written, or all numbers are held.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(MAX_SLOTS):
            fd = os.open(_lock_file(folder, number), os.O_RDWR | os.O_CREAT, 0o644)
            if _lock(fd, fcntl.LOCK_EX):
                self.number = number
                self._fd = fd
                break
            os.close(fd)
        else:
            raise OSError(f"all {MAX_SLOTS} numbers of {folder} are held")
        os.truncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        _remove_gauges(folder, self.number)

    def close(self) -> None:
        """Let go of the number; in a forked child this leaves it to the parent."""
        os.close(self._fd)


def sweep(folder: Path, number: int) -> bool:
    """Say whether a living process holds the number; when none does, throw away the gauges left under it.

    Nobody can take the number while this goes on, so nobody's new gauges are thrown away.
    """
    try:
        fd = os.open(_lock_file(folder, number), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        if not _lock(fd, fcntl.LOCK_SH):
            return True
        _remove_gauges(folder, number)
        return False
    finally:
        os.close(fd)


def cell_path(folder: Path, prefix: str, number: int) -> Path:
    """Return the file of one kind of cells; prometheus-client reads the kind from what is before the _."""
    return folder / f"{prefix}_deskwatch-{number}.db"


def number_of(file_name: str) -> int | None:
    """Return the number in the name of one of our files, or ``None`` for any other file."""
    _, found, rest = file_name.partition("_deskwatch-")
    digits = rest.removesuffix(".db")
    return int(digits) if found and digits != rest and digits.isdecimal() else None


def _remove_gauges(folder: Path, number: int) -> None:
    for path in folder.glob(f"gauge_*_deskwatch-{number}.db"):
        path.unlink(missing_ok=True)


def _lock_file(folder: Path, number: int) -> Path:
    return folder / f"deskwatch-{number}.lock"


def _lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
