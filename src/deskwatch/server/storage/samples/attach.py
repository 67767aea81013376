"""Open the sample file, if it is sound; set a damaged one aside and begin a new one.

Way:     store -> [attach] -> history.
Threads: blocks for as long as the file takes to read; called in the thread that owns the file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb

from deskwatch.errors import StorageError, StorageReason
from deskwatch.server.storage.samples.duck import connect, storage_error

PROBE_SECONDS: Final = 300.0  # a month of 6,000 series reads in a fraction of it; longer means a failing disk
_FIRST_STATUS: Final = 10  # probe.FIRST_STATUS; importing the probe would make `python -m` warn
_MAX_TEXT: Final = 300


class Probe:
    """A look at a file by a process that may die of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self) -> StorageError | None:
        """Return what is wrong with the file; blocks for as long as it takes to read."""
        command = [sys.executable, "-m", "deskwatch.server.storage.samples.probe", str(self._path)]
        with subprocess.Popen(  # noqa: S603  (this interpreter, this package)
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as self._process:
            if self._stopped:
                self._process.kill()
            try:
                _, text = self._process.communicate(timeout=PROBE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                message = f"{self._path}: could not be read within {PROBE_SECONDS:.0f} s"
                return StorageError(message, reason=StorageReason.DISK)
        return self._judged(self._process.returncode, text.strip()[-_MAX_TEXT:])

    def stop(self) -> None:
        """End the look; nothing is concluded from it."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def _judged(self, status: int, text: str) -> StorageError | None:
        if not status:
            return None
        if self._stopped:
            return StorageError(f"{self._path}: the server stopped while reading it", reason=StorageReason.DISK)
        text = text or f"reading it ended with status {status}"
        return StorageError(f"{self._path}: {text}", reason=_reason(status))


def open_or_replace(
    path: Path, now_ms: int, on_fault: Callable[[StorageError], None], probe: Probe
) -> duckdb.DuckDBPyConnection:
    """Return a connection to the file, or to a new one in place of a damaged one.

    Args:
        path: The file.
        now_ms: Names what is set aside: ``<name>.corrupt-<now_ms>``.
        on_fault: Is told of a damaged file.
        probe: Looks at the file first.

    Raises:
        StorageError: The file is in use, or the disk does not allow it; nothing was renamed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fault = probe.run()
    if fault is not None:
        if fault.reason is not StorageReason.DAMAGED:
            raise fault
        aside = set_aside(path, now_ms)
        on_fault(StorageError(f"{fault}; it was set aside as {aside.name}", reason=StorageReason.DAMAGED))
    try:
        return connect(path)
    except duckdb.Error as error:
        raise storage_error(error, path) from error


def set_aside(path: Path, now_ms: int) -> Path:
    """Rename the file and its log; nothing is deleted."""
    aside = path.with_name(f"{path.name}.corrupt-{now_ms}")
    for suffix in ("", ".wal"):
        piece = path.with_name(path.name + suffix)
        if piece.exists():
            piece.rename(aside.with_name(aside.name + suffix))
    return aside


def _reason(status: int) -> StorageReason:
    reasons = list(StorageReason)
    index = status - _FIRST_STATUS
    return reasons[index] if 0 <= index < len(reasons) else StorageReason.DAMAGED
