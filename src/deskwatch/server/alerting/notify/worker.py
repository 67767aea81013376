"""Carry one channel's messages from the outbox to the service; every channel has its own worker.

Way:     outbox -> [worker] -> Notifier.
Order:   commit the attempt, send, mark. A crash in between leaves the row on the wire: it is sent again, under
         the same key, or marked as a possible repeat where the service knows no keys.
Time:    next tries are even time (``alerting.timer``), stamps are wall time.
Threads: owned by the event loop; a hung service holds up its own worker only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from deskwatch.errors import DeliveryError, DeliveryReason, StorageError
from deskwatch.model import Clock
from deskwatch.server.alerting.counters import NotifyCounters
from deskwatch.server.alerting.notification import Notification
from deskwatch.server.alerting.notify.delivery import Outcome, mark_failed, mark_for_retry, mark_sent
from deskwatch.server.alerting.notify.message import render
from deskwatch.server.alerting.notify.notifier import Attempt, Notifier, Receipt
from deskwatch.server.alerting.notify.retry import RetryPolicy
from deskwatch.server.alerting.timer import Timer
from deskwatch.server.faultpoint import fault_point
from deskwatch.server.storage.state import OutboxRow, StateStore, Transaction, outbox

DEADLINE_SECONDS: Final = 10.0
"""One try takes no longer, whatever the service does (reliability table B3)."""

STORAGE_RETRY_MS: Final = 1_000
"""Without a disk nothing can be claimed; look again this much later."""


class OutboxWorker:
    """Delivers the messages of one channel, in their order.

    Args:
        notifier: The channel.
        store: Where the outbox is.
        clock: The time.
        counters: Where the worker counts itself.
        random: Gives numbers from 0 to 1, for the jitter.
        policy: When to try again.
        fallback: The channel that says what this one cannot.
        deadline_seconds: How long one try may take.
    """

    def __init__(
        self,
        notifier: Notifier,
        store: StateStore,
        clock: Clock,
        counters: NotifyCounters,
        *,
        random: Callable[[], float],
        policy: RetryPolicy | None = None,
        fallback: str | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._notifier = notifier
        self._store = store
        self._clock = clock
        self._counters = counters
        self._random = random
        self._policy = policy or RetryPolicy()
        self._fallback = fallback
        self._deadline_seconds = deadline_seconds
        self._timer = Timer(clock)
        self._stopping = False

    def ring(self) -> None:
        """Say that a message waits."""
        self._timer.ring()

    def stop(self) -> None:
        """Let :meth:`run` return once the message under way is done."""
        self._stopping = True
        self._timer.ring()

    async def step(self) -> int | None:
        """Send the oldest message that is due; return when to step again, ``None`` when nothing waits."""
        now_ms = self._timer.now_ms()
        channel = self._notifier.name
        row = await self._store.write(lambda tx: outbox.claim(tx, channel, now_ms))
        if row is None:
            return await self._store.read(lambda conn: outbox.next_try_ms(conn, channel))
        await self._deliver(row)
        return self._timer.now_ms()

    async def run(self) -> None:
        """Deliver messages as they become due, until stopped."""
        while not self._stopping:
            try:
                due_ms = await self.step()
            except StorageError:  # the store has counted it
                due_ms = self._timer.now_ms() + STORAGE_RETRY_MS
            if not self._stopping:
                await self._timer.wait_until(due_ms)

    async def _deliver(self, row: OutboxRow) -> None:
        self._counters.attempted(row.channel)
        fault_point("send.before")
        try:
            receipt = await self._try(row)
        except DeliveryError as error:
            self._counters.failed(row.channel, error.reason)
            await self._not_taken(row, error)
            return
        fault_point("send.after")
        fault_point("mark.before")
        at = self._outcome()
        await self._mark(lambda tx: mark_sent(tx, row, receipt, at))
        fault_point("mark.after")

    async def _try(self, row: OutboxRow) -> Receipt:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._send(row)
        except TimeoutError:
            raise DeliveryError(
                f"channel {row.channel} gave no answer within {self._deadline_seconds:g} s",
                reason=DeliveryReason.TIMEOUT,
                retryable=True,
                maybe_delivered=True,
            ) from None
        except DeliveryError:
            raise
        except Exception as error:
            raise DeliveryError(
                f"channel {row.channel} failed within deskwatch: {type(error).__name__}",
                reason=DeliveryReason.INTERNAL,
                retryable=True,
                maybe_delivered=True,
            ) from error

    async def _send(self, row: OutboxRow) -> Receipt:
        now_ms = self._clock.now_ms()
        marked = row.possible_repeat and not self._notifier.has_dedup_key
        message = render(
            Notification.from_json(row.payload),
            now_ms,
            repeat_of=str(row.notification_id) if marked else None,
            fallback_of=row.fallback_of,
        )
        attempt = Attempt(f"dw-{row.created_at_ms}-{row.id}", row.attempts, now_ms)
        return await self._notifier.send(message, attempt)

    async def _not_taken(self, row: OutboxRow, error: DeliveryError) -> None:
        at = self._outcome()
        due_ms = self._policy.next_try_ms(row.attempts, row.created_at_ms, error, at.now_ms, self._random)
        if due_ms is None:
            await self._mark(lambda tx: mark_failed(tx, row, error, at, self._fallback))
            return
        too_late = due_ms - row.created_at_ms > self._policy.fallback_seconds * 1000
        fallback = self._fallback if too_late else None
        await self._mark(lambda tx: mark_for_retry(tx, row, error, at, next_try_ms=due_ms, fallback=fallback))

    async def _mark(self, mark: Callable[[Transaction], None]) -> None:
        while True:
            try:
                return await self._store.write(mark)
            except StorageError:  # the store has counted it; unmarked, the row would wait for the next start
                await self._clock.sleep(STORAGE_RETRY_MS / 1000)

    def _outcome(self) -> Outcome:
        return Outcome(self._clock.now_ms(), self._timer.now_ms())
