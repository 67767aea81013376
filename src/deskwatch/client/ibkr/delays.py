"""Do something after a while, unless it is called off; all wait equally long.

Way:     start(key, action) → the bot's own event loop, or the next event, when it is due → action.
Threads: that of the event loop. Where no loop runs yet, nothing is begun: the next event finds what is due.
Time:    seconds that only go forward.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from deskwatch.client.ibkr.guarded import guarded
from deskwatch.client.metrics import Drops

MAX_WAITING: Final = 10_000
"""As many as the client queues records (DESIGN.md, "Inside the bot"); the oldest is then done at once."""

Action = Callable[[], object]


class Delays:
    """Keeps what is to be done, in the order in which it is due.

    Args:
        seconds: How long each waits.
        timer: Gives seconds that only go forward.
        drops: Counts what an action raised.
    """

    def __init__(self, seconds: float, timer: Callable[[], float], drops: Drops) -> None:
        self._seconds = seconds
        self._timer = timer
        self._drops = drops
        self._waiting: OrderedDict[str, tuple[float, Action]] = OrderedDict()
        self._handle: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, key: str, action: Action) -> None:
        """Do this after the delay; what was to be done under the same key no longer is."""
        self._waiting.pop(key, None)
        self._waiting[key] = (self._timer() + self._seconds, action)
        if len(self._waiting) > MAX_WAITING:
            self._do_first()
        self._arm()

    def cancel(self, key: str) -> None:
        """Call it off, if it waits."""
        self._waiting.pop(key, None)

    def run_due(self) -> None:
        """Do what is due."""
        while self._waiting and next(iter(self._waiting.values()))[0] <= self._timer():
            self._do_first()

    def close(self) -> None:
        """Let go of the event loop and forget what waits."""
        self._waiting.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _do_first(self) -> None:
        _, (_, action) = self._waiting.popitem(last=False)
        guarded(action, self._drops)()

    def _arm(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a bot that runs the loop only now and then
            return
        if not self._waiting or (self._handle is not None and self._loop is loop):
            return
        due = next(iter(self._waiting.values()))[0]
        self._loop = loop
        self._handle = loop.call_later(max(due - self._timer(), 0.0), self._fire)

    def _fire(self) -> None:
        self._handle = None
        self.run_due()
        self._arm()
