"""All of alerting on a manual clock: publish alerts, let time pass, look at what was delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from deskwatch.model import Alert, Event
from deskwatch.server.alerting import Alerting, Notifier, Route
from deskwatch.server.storage.state import StateStore, outbox
from deskwatch.testing import CollectingNotifier, ManualClock

ROUTE = Route("desk", group_by=("alertname",), group_wait_ms=0, group_interval_ms=60_000, repeat_interval_ms=3_600_000)


class Bench:
    """A running Alerting.

    Args:
        store: Its state.
        clock: Its time.
        alerting: The stages.
        registry: Its counts.
    """

    def __init__(self, store: StateStore, clock: ManualClock, alerting: Alerting, registry: CollectorRegistry) -> None:
        self.store = store
        self.clock = clock
        self.alerting = alerting
        self.registry = registry
        self.events: list[Event] = []
        store.subscribe(self.events.append)

    async def publish(self, *alerts: Alert) -> None:
        await self.alerting.book.publish(alerts, self.clock.now_ms())
        await self.settle()

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Let everything run that needs no time: the state's thread has answered 30 rounds of looks."""
        for _ in range(30):
            await self.store.read(lambda conn: outbox.next_try_ms(conn, ""))
            await asyncio.sleep(0)

    async def rows(self) -> list[tuple[str, str]]:
        found = await self.store.read(lambda conn: outbox.in_state(conn, *outbox.OutboxState))
        return [(row.channel, row.state.value) for row in found]

    def count(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@asynccontextmanager
async def bench(
    path: Path,
    *notifiers: Notifier,
    route: Route = ROUTE,
    channels: Sequence[str] = ("collector",),
    clock: ManualClock | None = None,
    **settings: Any,
):
    clock = clock or ManualClock()
    registry = CollectorRegistry()
    store = StateStore.open(f"sqlite:///{path}/state.db", clock, registry)
    try:
        alerting = Alerting(
            store,
            clock,
            registry,
            route=route,
            receivers={"desk": channels, "night": channels},
            notifiers=notifiers,
            random=lambda: 0.0,
            url="http://127.0.0.1:9990",
            **settings,
        )
        it = Bench(store, clock, alerting, registry)
        await alerting.start()
        try:
            yield it
        finally:
            for notifier in notifiers:
                if isinstance(notifier, CollectingNotifier):
                    notifier.let_go()
            await alerting.stop()
    finally:
        await store.close()
