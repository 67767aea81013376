"""Mark what became of a message: sent, to be tried again, or failed; each in one transaction.

Way:     worker -> [delivery] -> outbox and journal.
"""

from __future__ import annotations

from dataclasses import dataclass

from deskwatch.errors import DeliveryError
from deskwatch.model import Event, EventKind
from deskwatch.server.alerting.notification import Notification
from deskwatch.server.alerting.notify.notifier import Receipt
from deskwatch.server.alerting.notify.queue import enqueue, put_back
from deskwatch.server.storage.state import OutboxRow, OutboxState, Transaction, outbox


@dataclass(frozen=True, slots=True)
class Outcome:
    """When and how a try ended.

    Attributes:
        wall_ms: The wall time, for people.
        now_ms: The even time, for what comes next.
    """

    wall_ms: int
    now_ms: int


def mark_sent(tx: Transaction, row: OutboxRow, receipt: Receipt, at: Outcome) -> None:
    """Write that the service took the message."""
    outbox.change(tx, row.id, state=OutboxState.SENT, sent_at_ms=at.wall_ms, external_id=receipt.external_id)
    tx.event(_event(EventKind.NOTIFICATION_DELIVERED, row, at))


def mark_for_retry(
    tx: Transaction, row: OutboxRow, error: DeliveryError, at: Outcome, *, next_try_ms: int, fallback: str | None
) -> None:
    """Write that the message is tried again, and let the fallback channel say it meanwhile.

    Args:
        tx: The transaction.
        row: The message.
        error: Why it was not taken.
        at: Now.
        next_try_ms: When it is tried again, even time.
        fallback: The channel that is to say it too, where it would else arrive too late.
    """
    if row.attempts == 1:
        tx.event(_event(EventKind.NOTIFICATION_RETRIED, row, at, error))
    if fallback:
        _fall_back(tx, row, fallback, at)
    possible_repeat = row.possible_repeat or error.maybe_delivered
    outbox.change(tx, row.id, last_reason=error.reason.value, last_error=str(error), possible_repeat=possible_repeat)
    put_back(tx, outbox.get(tx.conn, row.id), next_try_ms)


def mark_failed(tx: Transaction, row: OutboxRow, error: DeliveryError, at: Outcome, fallback: str | None) -> None:
    """Write that the message will never arrive through this channel, and hand it to the fallback channel."""
    values = {"last_reason": error.reason.value, "last_error": str(error)}
    outbox.change(tx, row.id, state=OutboxState.FAILED, **values)
    tx.event(_event(EventKind.NOTIFICATION_FAILED, row, at, error))
    if fallback:
        _fall_back(tx, row, fallback, at)


def _fall_back(tx: Transaction, row: OutboxRow, fallback: str, at: Outcome) -> None:
    # A fallback's own failure ends here; else two dead channels would write to each other for ever.
    if row.fallback_sent or row.fallback_of or row.channel == fallback:
        return
    outbox.change(tx, row.id, fallback_sent=True)
    if not outbox.is_queued(tx.conn, row.notification_id, fallback):
        notification = Notification.from_json(row.payload)
        enqueue(tx, row.notification_id, notification, fallback, due_ms=at.now_ms, fallback_of=row.channel)


def _event(kind: EventKind, row: OutboxRow, at: Outcome, error: DeliveryError | None = None) -> Event:
    notification = Notification.from_json(row.payload)
    detail = {
        "notification_id": row.notification_id,
        "group_key": row.group_key,
        "status": notification.status,
        "severity": notification.severity,
        "alerts": [notice.alert.name for notice in notification.notices],
        "attempts": row.attempts,
    }
    if error is not None:
        detail |= {"reason": error.reason.value, "error": str(error)}
    bot = notification.common_labels.get("bot", "")
    return Event(kind, at.wall_ms, bot=bot, subject=row.channel, detail=detail)
