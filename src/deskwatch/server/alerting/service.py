"""Put the stages of alerting together: book, dispatcher, and a worker a channel.

Way:     rules -> [book -> dispatcher -> outbox -> workers] -> channels.
Order:   ``start`` puts the state in order before anything runs; ``stop`` leaves what is not delivered on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry

from deskwatch.errors import ConfigError
from deskwatch.model import Clock, Event, EventKind
from deskwatch.server.alerting.book import AlertBook
from deskwatch.server.alerting.context import ContextSource
from deskwatch.server.alerting.counters import DispatchCounters, NotifyCounters
from deskwatch.server.alerting.dispatch import Dispatcher, Route, Router
from deskwatch.server.alerting.mute import Acknowledged
from deskwatch.server.alerting.notify import Notifier, OutboxWorker, RetryPolicy
from deskwatch.server.alerting.notify.recovery import recover
from deskwatch.server.storage.state import StateStore

STOP_SECONDS: Final = 5.0
"""How long ``stop`` waits for messages on the wire; reliability table A5 allows 10 s for the whole server."""


class Alerting:
    """Takes alerts and delivers messages.

    Args:
        store: Where everything is committed.
        clock: The time.
        registry: Where the stages count themselves.
        route: The tree of routes.
        receivers: The channels of each receiver, by name.
        notifiers: The channels.
        random: Gives numbers from 0 to 1, for the jitter of retries.
        fallback: The channel that says what another cannot.
        context: Who knows how the bots stand.
        url: The server's page, for links.
        policy: When to try again.

    Raises:
        ConfigError: A route names a receiver, or a receiver a channel, that does not exist.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        registry: CollectorRegistry,
        *,
        route: Route,
        receivers: Mapping[str, Sequence[str]],
        notifiers: Sequence[Notifier],
        random: Callable[[], float],
        fallback: str | None = None,
        context: ContextSource | None = None,
        url: str = "",
        policy: RetryPolicy | None = None,
    ) -> None:
        channels = [notifier.name for notifier in notifiers]
        router = Router(route)
        _check_names(router, receivers, channels, fallback)
        mutes = [Acknowledged(store)]
        self._store = store
        self._clock = clock
        self._fallback = fallback
        self._policy = policy or RetryPolicy()
        self._dispatcher = Dispatcher(
            router,
            receivers,
            store,
            clock,
            DispatchCounters(registry, [stage.name for stage in mutes]),
            mutes=mutes,
            context=context,
            url=url,
        )
        self.book = AlertBook(store, router, self._dispatcher)
        counters = NotifyCounters(registry, channels)
        self._workers = {
            notifier.name: OutboxWorker(
                notifier, store, clock, counters, random=random, policy=self._policy, fallback=fallback
            )
            for notifier in notifiers
        }
        self._notifiers = notifiers
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Restore groups and outbox as last committed, then let everything run.

        Raises:
            StorageError: The state could not be read or put in order.
        """
        now_ms = self._clock.now_ms()
        await self._store.write(lambda tx: recover(tx, list(self._workers), self._fallback, self._policy, now_ms))
        await self._dispatcher.restore()
        self._store.subscribe(self._on_event)
        self._tasks = [asyncio.create_task(self._dispatcher.run(), name="dispatcher")]
        self._tasks += [
            asyncio.create_task(worker.run(), name=f"channel {name}") for name, worker in self._workers.items()
        ]

    async def stop(self) -> None:
        """End; a message on the wire has a few seconds to arrive, the others wait on disk for the next start."""
        dispatcher, *deliveries = self._tasks
        dispatcher.cancel()
        for worker in self._workers.values():
            worker.stop()
        if deliveries:
            await asyncio.wait(deliveries, timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for notifier in self._notifiers:
            await notifier.close()

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """What runs; the server watches that none of it ends."""
        return tuple(self._tasks)

    def _on_event(self, event: Event) -> None:
        if event.kind is EventKind.NOTIFICATION_QUEUED and event.subject in self._workers:
            self._workers[event.subject].ring()


def _check_names(
    router: Router, receivers: Mapping[str, Sequence[str]], channels: Sequence[str], fallback: str | None
) -> None:
    for receiver in sorted(router.receivers() - receivers.keys()):
        raise ConfigError(f"must be one of {sorted(receivers)}, was {receiver!r}", key="alerting.route.receiver")
    named = [channel for wanted in receivers.values() for channel in wanted] + ([fallback] if fallback else [])
    for channel in named:
        if channel not in channels:
            raise ConfigError(f"must be one of {sorted(channels)}, was {channel!r}", key="alerting.receivers.channels")
