"""Run operations one after another without ever making a caller wait.

Who brings an operation while another thread is at work leaves it there and goes on; the one at work does it as well. A
signal handler or an ``on_trip`` that records in the middle of a recording is the same case: its operation comes next.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics import DropReason, Drops

MAX_WAITING: Final = 10_000  # DESIGN.md, "Inside the bot"

Operation = Callable[[], None]


class Inbox:
    """A queue that its callers work off themselves; nothing that an operation raises comes out of it.

    Args:
        drops: Counts operations that failed or were too many.
    """

    __slots__ = ("__weakref__", "_drops", "_turn", "_waiting")

    def __init__(self, drops: Drops) -> None:
        self._drops = drops
        self._waiting: deque[Operation] = deque()
        self._turn = threading.Lock()
        renew_after_fork(self)

    def submit(self, operation: Operation) -> None:
        """Do the operation now, or leave it to the thread that is at work."""
        if not self._waiting and self._turn.acquire(blocking=False):  # nearly always: nobody else is here
            try:
                self._do(operation)
            finally:
                self._turn.release()
            if not self._waiting:
                return
        elif len(self._waiting) >= MAX_WAITING:
            self._drops.count(DropReason.QUEUE_FULL)
            return
        else:
            self._waiting.append(operation)
        # Asked again after the turn was given back: an operation that came just before that is not left lying.
        while self._waiting and self._turn.acquire(blocking=False):
            try:
                self._work_off()
            finally:
                self._turn.release()

    def _work_off(self) -> None:
        while True:
            try:
                operation = self._waiting.popleft()
            except IndexError:
                return
            self._do(operation)

    def _do(self, operation: Operation) -> None:
        try:
            operation()
        except Exception:  # noqa: BLE001  (a fault of ours must not stop the strategy)
            self._drops.count(DropReason.INTERNAL)

    def after_fork(self) -> None:
        """Forget what other threads of the parent had brought, and whose turn it was."""
        self._waiting.clear()
        self._turn = threading.Lock()
