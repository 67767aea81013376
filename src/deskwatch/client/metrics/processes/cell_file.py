"""A file of named doubles, mapped into memory.

Threads: one process writes a file, any number read it. ``cells`` may be called from several threads, and again from a
         signal handler in the middle of itself.
Source:  https://github.com/prometheus/client_python/blob/master/prometheus_client/mmap_dict.py (the format)
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

FIRST_SIZE_BYTES: Final = 1 << 16  # prometheus-client's _INITIAL_MMAP_SIZE
HEADER_BYTES: Final = 8
_LENGTH: Final = struct.Struct("i")
_DOUBLE_BYTES: Final = 8


class Cells(NamedTuple):
    """Where numbers stand: ``view[at]``; behind each, ``view[at + 1]``, the time at which a gauge was set."""

    view: memoryview[float]
    at: tuple[int, ...]


def lonely_cells(number: int) -> Cells:
    """Return cells that are in no file."""
    return Cells(memoryview(bytearray(2 * _DOUBLE_BYTES * number)).cast("d"), tuple(range(0, 2 * number, 2)))


class CellFile:
    """The cells that this process writes; an existing file is gone on with.

    Raises:
        OSError: The file cannot be opened, or the disk is full.
        ValueError: What is in the file is not in the format.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._map(max(os.fstat(self._fd).st_size, FIRST_SIZE_BYTES))
            self._used = used_bytes(self._bytes)
            self._at = dict(read_keys(self._bytes, HEADER_BYTES, self._used))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; its cells stay mapped for as long as somebody holds them."""
        os.close(self._fd)

    def cells(self, keys: Sequence[str]) -> Cells:
        """Return the cells of some keys, which are made when they are not there.

        Raises:
            OSError: The disk is full.
        """
        at = tuple([self._at[key] if key in self._at else self._add(key) for key in keys])
        return Cells(self._view, at)  # the newest view reaches over all of them

    def _add(self, key: str) -> int:
        entry = _entry(key)
        with self._lock:
            if key in self._at:
                return self._at[key]
            while self._used + len(entry) > self._size:
                self._map(2 * self._size)
            start = self._used
            end = self._used = start + len(entry)
            self._bytes[start:end] = entry
            self._bytes[: _LENGTH.size] = _LENGTH.pack(self._used)  # last: readers see an entry when it is whole
            self._at[key] = end // _DOUBLE_BYTES - 2
            return self._at[key]

    def _map(self, size: int) -> None:
        # Blocks are taken now: a write into a hole of a full disk would kill the process with SIGBUS.
        os.posix_fallocate(self._fd, 0, size)
        self._bytes = mmap.mmap(self._fd, size)
        self._view = memoryview(self._bytes).cast("d")
        self._size = size


def _entry(key: str) -> bytes:
    encoded = key.encode()
    return _LENGTH.pack(len(encoded)) + encoded + b" " * _padding(len(encoded)) + bytes(2 * _DOUBLE_BYTES)


def _padding(length: int) -> int:
    return _DOUBLE_BYTES - (length + _LENGTH.size) % _DOUBLE_BYTES


def used_bytes(data: bytes | mmap.mmap) -> int:
    """Return up to where a file is used: to the end of the header when it was only just made.

    Raises:
        ValueError: What is there is not in the format.
    """
    (used,) = _LENGTH.unpack_from(data) if len(data) >= HEADER_BYTES else (0,)
    if used and used < HEADER_BYTES:
        raise ValueError(f"the file says that {used} bytes are used, and its header has {HEADER_BYTES}")
    return int(used) or HEADER_BYTES


def read_keys(data: bytes | mmap.mmap, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Yield each key between two positions, and where its number stands, in doubles from the beginning.

    Raises:
        ValueError: What is there is not in the format.
    """
    if end > len(data) or end % _DOUBLE_BYTES:
        raise ValueError(f"the file says that {end} of its {len(data)} bytes are used")
    while start < end:
        (length,) = _LENGTH.unpack_from(data, start)
        first = start + _LENGTH.size
        value = first + length + _padding(length)
        if length <= 0 or value + 2 * _DOUBLE_BYTES > end:
            raise ValueError(f"an entry of {length} bytes at {start} does not fit before {end}")
        yield data[first : first + length].decode(), value // _DOUBLE_BYTES
        start = value + 2 * _DOUBLE_BYTES
