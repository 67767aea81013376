"""Take lines from any thread and write them from one.

Way:     Recorder → [writer]: bounded queue, thread → LogFile.
Threads: ``put`` appends and returns; it takes no lock, so a signal handler or ``__del__`` may call it at any moment.
         One daemon thread a process, started with the first line, is the only one that touches the file.
         A forked child starts with an empty queue; what waited is the parent's to write.
Time:    the monotonic clock.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Final

from deskwatch.client import diagnostics
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.logs.file import LogFile
from deskwatch.client.logs.output import FLUSH_SECONDS
from deskwatch.client.metrics import DropReason, Drops

MAX_QUEUED: Final = 10_000  # DESIGN.md, "Inside the bot"
ENTRY_BYTES: Final = 8 * 1024 * 1024 // MAX_QUEUED
"""A longer line takes several places, so that the queue holds 8 MiB at most (reliability section 4, "Grow")."""

HURRY: Final = 1_000  # lines that end the wait for more: at 3 us a line, a tenth of the way to a full queue
LINGER_SECONDS: Final = 0.02  # how long lines gather, so that several go out in one write
RETRY_SECONDS: Final = 0.5  # after a full disk or a missing directory
POLL_SECONDS: Final = 0.002  # while somebody waits in flush()
_NEVER: Final = sys.maxsize
_FILLER: Final = b""


class Writer:
    """A bounded queue and the thread that empties it into a file.

    Args:
        file: Where to; only the thread writes to it.
        drops: Counts the lines that gave way (``queue_full``) or came too late (``closed``).
    """

    def __init__(self, file: LogFile, drops: Drops) -> None:
        self._file = file
        self._drops = drops
        self._begin()
        renew_after_fork(self)

    def _begin(self) -> None:
        self._queue: deque[bytes] = deque()
        # SimpleQueue.put may be interrupted by another put in the same thread, which Event.set may not.
        # https://docs.python.org/3/library/queue.html#simplequeue-objects
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._wake_at = _NEVER
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._writing = False
        self._stop_at: float | None = None

    def put(self, line: bytes) -> None:
        """Queue a line; the oldest gives way when the queue is full, and is counted."""
        if self._stop_at is not None and not self._alive():
            self._drops.count(DropReason.CLOSED)
            return
        queue = self._queue
        if len(line) <= ENTRY_BYTES:
            queue.append(line)
        else:
            queue.extend((line, *[_FILLER] * (len(line) // ENTRY_BYTES)))
        waiting = len(queue)
        if waiting > MAX_QUEUED:
            self._trim()
        if waiting >= self._wake_at:
            self._wake_at = _NEVER
            self._wake.put(None)
        if self._thread is None:
            self._start()

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until the queue is empty and written, for so long at most, and say whether it is."""
        deadline = time.monotonic() + timeout_seconds
        self._wake.put(None)
        while (self._queue or self._writing) and self._alive() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return not self._queue and not self._writing

    def stop(self, deadline: float) -> None:
        """Have the thread write what waits until ``deadline`` (monotonic seconds), and end."""
        self._stop_at = deadline
        self._wake.put(None)

    def after_fork(self) -> None:
        """Start with nothing queued and with a lock of the child's own."""
        self._begin()
        self._file.after_fork()

    def _alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="deskwatch-logs", daemon=True)
                thread.start()
                self._thread = thread
                self._flush_with_multiprocessing()
        except RuntimeError:
            self._drops.count(DropReason.INTERNAL)  # no thread to be had now; the next line tries again
        finally:
            self._starting.release()

    def _flush_with_multiprocessing(self) -> None:
        """Have a worker of multiprocessing flush when it ends: it runs no ``atexit``, only its own finalizers."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(None, self.flush, exitpriority=0)

    def _run(self) -> None:
        while not self._over():
            self._wait(1, None)
            self._wait(HURRY, LINGER_SECONDS)
            if not self._write_waiting():
                self._sleep(RETRY_SECONDS)

    def _over(self) -> bool:
        return self._stop_at is not None and (not self._queue or time.monotonic() > self._stop_at)

    def _wait(self, lines: int, timeout_seconds: float | None) -> None:
        """Wait until so many lines are queued; a stop or a flush ends the wait."""
        if self._stop_at is not None:
            return
        self._wake_at = lines  # set before the look at the queue, so that a line put in between wakes
        if len(self._queue) < lines:
            self._sleep(timeout_seconds)
        self._wake_at = _NEVER

    def _sleep(self, seconds: float | None) -> None:
        with contextlib.suppress(Empty):
            self._wake.get(timeout=seconds)

    def _write_waiting(self) -> bool:
        """Write all that waits in one go and say whether that worked; if not, it waits on, in its order."""
        self._writing = True
        lines = self._take()
        try:
            if lines:
                self._file.append(b"".join(lines))
        except OSError as error:
            self._queue.extendleft(reversed(lines))
            self._trim()
            diagnostics.say("logs", f"{self._file.path} cannot be written, lines wait: {error.strerror}")
            return False
        finally:
            self._writing = False
        return True

    def _take(self) -> list[bytes]:
        lines: list[bytes] = []
        try:
            for _ in range(len(self._queue)):
                lines.append(self._queue.popleft())  # noqa: PERF401  (what was taken must outlive the error)
        except IndexError:  # a caller gave up the oldest ones in between
            pass
        return lines

    def _trim(self) -> None:
        queue = self._queue
        while len(queue) > MAX_QUEUED:
            try:
                oldest = queue.popleft()
            except IndexError:  # the thread took the last one in between
                return
            if oldest:
                self._drops.count(DropReason.QUEUE_FULL)
