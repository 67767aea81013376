"""Do something again and again in a thread of its own.

Threads: one daemon thread each, begun by ``start``; a forked child begins its own. When the process ends all are woken
         for a last time, and two seconds later nobody waits for them any more.
Time:    the work itself says after how many seconds it is due again.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Final

from deskwatch.client.fork import renew_after_fork

EXIT_SECONDS: Final = 2.0
"""Sentry's value, as for the link.

Source: https://docs.sentry.io/platforms/python/configuration/options/#shutdown_timeout
"""

AFTER_FAILURE_SECONDS: Final = 60.0
"""When the work raised, which it must not: it is due again after so long."""


class Periodic:
    """Calls ``work`` until it is closed, and once more then.

    Args:
        name: Of the thread.
        work: Does it and returns the seconds until it is due again; it is given the deadline of the last call, in
            monotonic seconds, or ``None`` for an ordinary one.
        first_seconds: Until the first call.
        failed: Hears what ``work`` raised, or that no thread could be had.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[float | None], float],
        *,
        first_seconds: float,
        failed: Callable[[Exception], None],
    ) -> None:
        self._name = name
        self._work = work
        self._first_seconds = first_seconds
        self._failed = failed
        self._begin()
        renew_after_fork(self)

    def _begin(self) -> None:
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._deadline: float | None = None

    def start(self) -> None:
        """Begin; where no thread can be had ``failed`` hears so."""
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._failed(error)
        else:
            self._thread = thread
            _running.add(self)

    def _run(self) -> None:
        seconds = self._first_seconds
        while not self._wake.wait(seconds):
            seconds = self._step()
        self._step()

    def _step(self) -> float:
        try:
            return self._work(self._deadline)
        except Exception as error:  # noqa: BLE001  (whatever happens, the thread must live)
            self._failed(error)
            return AFTER_FAILURE_SECONDS

    def close(self, timeout_seconds: float = EXIT_SECONDS) -> bool:
        """Do the work for a last time, within so long, and stop; say whether it was done."""
        deadline = time.monotonic() + timeout_seconds
        self.wake_for_the_last_time(deadline)
        return self.wait_for_the_end(deadline)

    def wake_for_the_last_time(self, deadline: float) -> None:
        """Have the work done once more, until ``deadline`` in monotonic seconds."""
        _running.discard(self)
        self._deadline = deadline
        self._wake.set()

    def wait_for_the_end(self, deadline: float) -> bool:
        """Wait for the thread, until ``deadline`` in monotonic seconds, and say whether it has ended."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(max(deadline - time.monotonic(), 0.0))
        return not thread.is_alive()

    def after_fork(self) -> None:
        """Begin anew in a child of a process in which it ran."""
        running = self._thread is not None and not self._wake.is_set()
        self._begin()
        if running:
            self.start()


_running: Final[set[Periodic]] = set()


def close_all(timeout_seconds: float = EXIT_SECONDS) -> None:
    """Close everything periodic of this process at once, within so long for all of it together."""
    deadline = time.monotonic() + timeout_seconds
    running = list(_running)
    for periodic in running:
        periodic.wake_for_the_last_time(deadline)
    for periodic in running:
        periodic.wait_for_the_end(deadline)


atexit.register(close_all)
