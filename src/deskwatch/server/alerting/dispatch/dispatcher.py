"""Group alerts by route and flush each group when it is due.

Way:     AlertBook -> [dispatcher] -> mute stages -> outbox.
Source:  https://prometheus.io/docs/alerting/latest/alertmanager/#grouping
Time:    due times are even time (``alerting.timer``), stamps are wall time.
Threads: owned by the event loop; a tick is not entered twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from deskwatch.errors import StorageError
from deskwatch.model import Alert, Clock
from deskwatch.server.alerting.context import Context, ContextFailure, ContextSource, capture
from deskwatch.server.alerting.counters import DispatchCounters
from deskwatch.server.alerting.dispatch.flush import commit_flush
from deskwatch.server.alerting.dispatch.group import Flush, Group
from deskwatch.server.alerting.dispatch.pipeline import MuteStage
from deskwatch.server.alerting.dispatch.restore import rebuild
from deskwatch.server.alerting.dispatch.route import Router
from deskwatch.server.alerting.notification import FlushReason, Notification, common_labels
from deskwatch.server.alerting.timer import Timer
from deskwatch.server.storage.state import GroupId, StateStore
from deskwatch.server.storage.state.alerts import key_of

STORAGE_RETRY_MS: Final = 1_000
"""A flush that could not be committed (disk full, say) is tried again this much later."""


class Dispatcher:
    """Holds the groups and tells them.

    Args:
        router: Which groups an alert falls into.
        receivers: The channels of each receiver.
        store: Where flushes are committed.
        clock: The time.
        counters: Where the dispatcher counts itself.
        mutes: The stages that may hold a flush back, in their order.
        context: Who knows how the bots stand.
        url: The server's page, for links.
    """

    def __init__(
        self,
        router: Router,
        receivers: Mapping[str, Sequence[str]],
        store: StateStore,
        clock: Clock,
        counters: DispatchCounters,
        *,
        mutes: Sequence[MuteStage] = (),
        context: ContextSource | None = None,
        url: str = "",
    ) -> None:
        self._router = router
        self._receivers = receivers
        self._store = store
        self._clock = clock
        self._counters = counters
        self._mutes = mutes
        self._context = context
        self._url = url
        self._timer = Timer(clock)
        self._groups: dict[GroupId, Group] = {}

    async def restore(self) -> None:
        """Build the groups as they stood before the restart; call it before any alert comes."""
        now_ms = self._timer.now_ms()
        self._groups = await self._store.write(lambda tx: rebuild(tx, self._router, now_ms))

    def on_alerts(self, alerts: Iterable[Alert]) -> None:
        """Take firing and resolved alerts, already committed, into their groups."""
        now_ms = self._timer.now_ms()
        for alert in alerts:
            for of in self._router.groups(alert.labels):
                group = self._groups.setdefault(of.id, Group.new(of, now_ms))
                group.alerts[key_of(alert)] = alert
        self._timer.ring()

    def due_ms(self) -> int | None:
        """Return when the next group is due, even time; ``None`` when there is no group."""
        return min((group.due_ms for group in self._groups.values()), default=None)

    async def tick(self) -> None:
        """Flush every group that is due."""
        now_ms = self._timer.now_ms()
        due = [group for group in self._groups.values() if group.due_ms <= now_ms]
        await asyncio.gather(*(self._flush(group, now_ms) for group in due))

    async def run(self) -> None:
        """Flush groups as they become due, until cancelled."""
        while True:
            await self.tick()
            await self._timer.wait_until(self.due_ms())

    async def _flush(self, group: Group, now_ms: int) -> None:
        group.due_ms = now_ms + group.route.group_interval_ms
        flush = group.flush(now_ms)
        try:
            if flush.reason is not FlushReason.NOTHING_NEW and not await self._muted(flush):
                await self._tell(group, flush, now_ms)
        except StorageError as error:
            self._counters.failed(error.reason)
            group.due_ms = now_ms + STORAGE_RETRY_MS
        else:
            self._counters.flushed(flush.reason)
        if not group.alerts:
            self._groups.pop(group.id, None)

    async def _muted(self, flush: Flush) -> bool:
        for stage in self._mutes:
            if await stage.mutes(flush):
                self._counters.muted(stage.name)
                return True
        return False

    async def _tell(self, group: Group, flush: Flush, now_ms: int) -> None:
        notification = Notification(
            group_key=flush.group.group_key,
            group_labels=flush.labels,
            receiver=flush.group.receiver,
            reason=flush.reason,
            notices=flush.notices,
            created_at_ms=self._clock.now_ms(),
            context=await self._captured(flush),
            url=self._url,
        )
        channels = self._receivers[flush.group.receiver]
        told = await self._store.write(lambda tx: commit_flush(tx, flush, notification, channels, now_ms))
        group.has_told(flush, told, now_ms)

    async def _captured(self, flush: Flush) -> Context | None:
        if self._context is None:
            return None
        labels = common_labels([notice.alert for notice in flush.notices])
        found = await capture(self._context, labels, self._clock.now_ms())
        if isinstance(found, ContextFailure):
            self._counters.without_context(found)
            return None
        return found
