"""Keep what runs running: a task that ends by a fault is told of, counted, and started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter

from deskwatch.model import Clock

RESTART_SECONDS: Final = 1.0

_log = logging.getLogger("deskwatch")


class Tasks:
    """The tasks of one server.

    Args:
        clock: Times the restarts.
        registry: Gets ``deskwatch_task_restarts_total``, which the rule TaskRestarted reads.
    """

    def __init__(self, clock: Clock, registry: CollectorRegistry) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._restarts = Counter(
            "deskwatch_task_restarts",
            "Tasks that ended by a fault and were started again.",
            ["task"],
            registry=registry,
        )

    def keep(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run until the end of the server, again and again if need be."""
        self.once(name, self._again(name, run))

    def once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run to its end; the server waits for it when it stops."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def end(self) -> None:
        """Cancel everything and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _again(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await run()
            except Exception:  # noqa: BLE001  (whatever the fault is, the other stages go on, and a rule tells of it)
                _log.exception("the task %r failed; it starts again in a second", name)
                self._restarts.labels(name).inc()
                await self._clock.sleep(RESTART_SECONDS)
            else:
                return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("the task %r failed", task.get_name(), exc_info=fault)
