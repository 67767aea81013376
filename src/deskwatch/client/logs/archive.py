"""What becomes of log files that were moved away: packed, and deleted when they are many or old.

Way:     LogFile moves ``bot.log`` to ``bot.log.20261121T100000.123456Z`` → [archive] → the same name with ``.gz``.
Threads: a daemon thread that lives as long as there is something to do. Of several processes one works at a time.
         A process that dies here leaves the unpacked file, which the next one packs: nothing is deleted before its
         packed form has its final name.
Time:    Unix seconds from the clock passed in.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deskwatch.client import diagnostics
from deskwatch.client.logs.rotation import Rotation

LOG_MODE: Final = 0o640  # a group, such as that of a log shipper, may read
GZIP_LEVEL: Final = 1  # 13 times faster than level 9 for 14 to 19 % more bytes (docs/logging.md)
CHUNK_BYTES: Final = 1024 * 1024  # zlib holds no GIL while it packs one

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_STAMPED: Final = re.compile(r"\.(\d{8}T\d{6}\.\d{6}Z)(\.gz)?")


def archive_path(path: Path, now_seconds: float) -> Path:
    """Return a name that no file that was moved away has had, so that names sort by time."""
    moment = datetime.fromtimestamp(now_seconds, UTC)
    while True:
        name = path.with_name(f"{path.name}.{moment.strftime(_STAMP)}")
        if not name.exists() and not _packed(name).exists():
            return name
        moment += timedelta(microseconds=1)


def archives(path: Path) -> list[Path]:
    """Return the files that were moved away from ``path``, oldest first."""
    found = [file for file in path.parent.iterdir() if file.name.startswith(path.name) and _moment(path, file)]
    return sorted(found, key=lambda file: file.name)


class Archivist:
    """Packs and deletes what was moved away from one file.

    Args:
        path: The live file.
        rotation: The rules.
        now_seconds: The wall clock.
    """

    def __init__(self, path: Path, rotation: Rotation, now_seconds: Callable[[], float]) -> None:
        self._path = path
        self._rotation = rotation
        self._now_seconds = now_seconds
        self.after_fork()

    def after_fork(self) -> None:
        """Forget the parent's thread."""
        self._thread: threading.Thread | None = None
        self._asked = False
        self._deciding = threading.Lock()

    def begin(self) -> None:
        """See to the files in the background; asked while at it, look once more afterwards."""
        with self._deciding:
            self._asked = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deskwatch-log-archive", daemon=True)
                with suppress(RuntimeError):  # the interpreter ends; the next process sees to it
                    self._thread.start()

    def wait(self, timeout_seconds: float) -> None:
        """Wait until nothing is left to do, for so long at most."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_seconds)

    def tidy(self) -> None:
        """Pack what is not packed, and delete what is beyond the rules.

        Raises:
            OSError: The disk is full, or the directory gone.
        """
        with _alone(self._path.with_name(f".{self._path.name}.archive.lock")):
            self._delete()
            if self._rotation.compress:
                for file in archives(self._path):
                    if file.suffix != ".gz":
                        _pack(file)

    def _run(self) -> None:
        while self._next():
            try:
                self.tidy()
            except OSError as error:
                diagnostics.say("log-archive", f"{self._path}: old files stay as they are: {error.strerror}")

    def _next(self) -> bool:
        with self._deciding:
            asked, self._asked = self._asked, False
            if not asked:
                self._thread = None
            return asked

    def _delete(self) -> None:
        oldest = datetime.fromtimestamp(self._now_seconds(), UTC) - timedelta(days=self._rotation.max_age_days)
        kept = archives(self._path)
        for file in kept[: -self._rotation.max_files]:
            file.unlink(missing_ok=True)
        for file in kept[-self._rotation.max_files :]:
            moment = _moment(self._path, file)
            if moment is not None and moment < oldest:
                file.unlink(missing_ok=True)


def _moment(path: Path, file: Path) -> datetime | None:
    found = _STAMPED.fullmatch(file.name.removeprefix(path.name))
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None


def _packed(file: Path) -> Path:
    return file.with_name(f"{file.name}.gz")


def _pack(file: Path) -> None:
    import gzip  # noqa: PLC0415  (5 ms of an import that a bot without a log file saves)
    import shutil  # noqa: PLC0415

    packed = _packed(file)
    if not packed.exists():  # it is there when a process died between the two last steps
        unfinished = file.with_name(f"{file.name}.gz.tmp")
        with file.open("rb") as lines, unfinished.open("wb") as raw:
            os.fchmod(raw.fileno(), LOG_MODE)
            with gzip.GzipFile(file.name, "wb", GZIP_LEVEL, raw) as out:
                shutil.copyfileobj(lines, out, CHUNK_BYTES)
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(packed)
    file.unlink()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, LOG_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
