"""Have the gauges shown that are set only when somebody looks, because here another process may be the one who looks.

Threads: one daemon thread a process, started with the first thing that shows itself.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING, Final

from deskwatch.client.metrics.drops import DropReason

if TYPE_CHECKING:
    from deskwatch.client.metrics.registry import Registry

EVERY_SECONDS: Final = 1.0
"""How old such a gauge of another process may be: a fifth of the server's scrape interval."""


class Pulse:
    """Shows a registry once in a while, for as long as it lives.

    Args:
        every_seconds: How often.
    """

    def __init__(self, every_seconds: float = EVERY_SECONDS) -> None:
        self._every_seconds = every_seconds
        self._started = False

    def start(self, registry: Registry) -> None:
        """Show the registry from now on."""
        if self._started:
            return
        self._started = True
        try:
            weak = weakref.ref(registry)
            threading.Thread(target=self._run, args=(weak,), name="deskwatch-show", daemon=True).start()
        except RuntimeError:  # no thread can start: the interpreter is going down
            self._started = False
            registry.drops.count(DropReason.INTERNAL)

    def after_fork(self, registry: Registry) -> None:
        """Go on in the child, if it went on in the parent."""
        if self._started:
            self._started = False
            self.start(registry)

    def _run(self, weak: weakref.ref[Registry]) -> None:
        while True:
            time.sleep(self._every_seconds)
            registry = weak()
            if registry is None:
                return
            registry.show()
            del registry  # a thread that sleeps must not be what keeps it alive
