"""Commit what a group tells: notification, outbox rows, group log, incident and journal, all or nothing.

Way:     dispatcher -> [flush] -> outbox.  Nothing has been sent yet, and nothing can be lost any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deskwatch.server.alerting.dispatch.group import Flush
from deskwatch.server.alerting.incident.life import follow
from deskwatch.server.alerting.notification import Notification
from deskwatch.server.alerting.notify.queue import enqueue
from deskwatch.server.storage.state import Told, Transaction, group_log, outbox


def commit_flush(
    tx: Transaction, flush: Flush, notification: Notification, channels: Sequence[str], due_ms: int
) -> Told:
    """Write everything that follows from telling the group, and return what is told now.

    Args:
        tx: The transaction.
        flush: What the group has to say.
        notification: The same, in words for the receiver.
        channels: Where the receiver listens.
        due_ms: From when the messages may be sent, even time.
    """
    incident = follow(tx, flush.group, notification)
    notification = replace(notification, incident_id=incident.id)
    number = outbox.add_notification(
        tx,
        group_key=flush.group.group_key,
        receiver=flush.group.receiver,
        reason=flush.reason.value,
        status=notification.status,
        payload=notification.to_json(),
        incident_id=incident.id,
        created_at_ms=notification.created_at_ms,
    )
    for channel in channels:
        enqueue(tx, number, notification, channel, due_ms=due_ms)
    return _log(tx, flush, notification.created_at_ms)


def _log(tx: Transaction, flush: Flush, now_ms: int) -> Told:
    told = Told(flush.firing, flush.resolved, now_ms)
    group_log.leave_group(tx, flush.group, flush.resolved)
    if told.firing:
        group_log.tell(tx, flush.group, told)
    else:
        group_log.forget(tx, flush.group)
    return told
