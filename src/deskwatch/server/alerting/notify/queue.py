"""Put a message on a channel's queue, and join it with what still waits there for the same group.

Why:     a channel that was down for an hour is to say once what happened, not replay it; and "firing" must never
         arrive after "resolved".
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from deskwatch.model import Event, EventKind
from deskwatch.server.alerting.notification import Notification, joined
from deskwatch.server.storage.state import OutboxRow, OutboxState, Transaction, outbox


def enqueue(
    tx: Transaction,
    notification_id: int,
    notification: Notification,
    channel: str,
    *,
    due_ms: int,
    fallback_of: str | None = None,
) -> None:
    """Queue the notification on a channel; rows of its group that wait there are taken over.

    Args:
        tx: The transaction.
        notification_id: Its number.
        notification: What to say.
        channel: Through which channel.
        due_ms: Not before this time, even time.
        fallback_of: The channel that this one stands in for.
    """
    older = outbox.pending_of(tx.conn, channel, notification.group_key)
    outbox.add(
        tx,
        notification_id=notification_id,
        channel=channel,
        group_key=notification.group_key,
        payload=_join_all(older, notification).to_json(),
        created_at_ms=min([row.created_at_ms for row in older], default=due_ms),
        next_try_ms=max([row.next_try_ms for row in older], default=due_ms),
        attempts=max([row.attempts for row in older], default=0),
        possible_repeat=any(row.possible_repeat for row in older),
        fallback_of=fallback_of,
        fallback_sent=any(row.fallback_sent for row in older),
        last_reason=older[-1].last_reason if older else None,
    )
    _supersede(tx, older)
    tx.event(_queued(notification_id, notification, channel))


def put_back(tx: Transaction, row: OutboxRow, next_try_ms: int) -> None:
    """Queue a row again that was on the wire; a newer row of its group takes it over, should there be one."""
    newer = [other for other in outbox.pending_of(tx.conn, row.channel, row.group_key) if other.id > row.id]
    if not newer:
        outbox.change(tx, row.id, state=OutboxState.PENDING, next_try_ms=next_try_ms)
        return
    heir = newer[-1]
    outbox.change(
        tx,
        heir.id,
        payload=_join_all([row, *newer[:-1]], Notification.from_json(heir.payload)).to_json(),
        created_at_ms=row.created_at_ms,
        next_try_ms=next_try_ms,
        attempts=row.attempts,
        possible_repeat=row.possible_repeat or heir.possible_repeat,
        fallback_sent=row.fallback_sent or heir.fallback_sent,
        last_reason=row.last_reason,
    )
    _supersede(tx, [row, *newer[:-1]])


def _join_all(older: list[OutboxRow], newest: Notification) -> Notification:
    said = [*(Notification.from_json(row.payload) for row in older), newest]
    whole = reduce(joined, said)
    return replace(whole, reason=newest.reason)


def _supersede(tx: Transaction, rows: list[OutboxRow]) -> None:
    for row in rows:
        outbox.change(tx, row.id, state=OutboxState.SUPERSEDED)


def _queued(notification_id: int, notification: Notification, channel: str) -> Event:
    return Event(
        EventKind.NOTIFICATION_QUEUED,
        notification.created_at_ms,
        bot=notification.common_labels.get("bot", ""),
        subject=channel,
        detail={
            "notification_id": notification_id,
            "group_key": notification.group_key,
            "reason": notification.reason.value,
            "status": notification.status,
            "severity": notification.severity,
        },
    )
