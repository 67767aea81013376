"""The outbox: a row per notification and channel, from pending to sent or failed.

States:  pending -> sending (written before the wire) -> sent | failed | pending again; superseded when a newer
         message of the same group on the same channel has taken its content over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, select, update

from deskwatch.errors import DeliveryReason
from deskwatch.server.storage.state.tables import notifications, outbox
from deskwatch.server.storage.state.transaction import Transaction

Payload = Mapping[str, Any]
"""A notification as JSON; ``alerting.notification`` knows its shape."""


class OutboxState(StrEnum):
    """Where a row stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message on its way through one channel.

    Attributes:
        id: Its number; messages of a channel go out in this order.
        notification_id: What it tells.
        channel: Through which channel.
        group_key: The group that it speaks of.
        payload: What it says, including what older rows said that it has superseded.
        state: Where it stands.
        attempts: How often it was put on the wire.
        created_at_ms: Since when its content waits.
        next_try_ms: Not before this time.
        possible_repeat: Whether an earlier attempt may have arrived.
        fallback_of: The channel that it stands in for.
        fallback_sent: Whether a copy went to the fallback channel.
        last_reason: Why the last attempt failed.
        last_error: The same in words.
        sent_at_ms: When the service took it.
        external_id: The service's number for it.
    """

    id: int
    notification_id: int
    channel: str
    group_key: str
    payload: Payload
    state: OutboxState
    attempts: int
    created_at_ms: int
    next_try_ms: int
    possible_repeat: bool
    fallback_of: str | None
    fallback_sent: bool
    last_reason: str | None
    last_error: str | None
    sent_at_ms: int | None
    external_id: str | None


def add_notification(
    tx: Transaction,
    *,
    group_key: str,
    receiver: str,
    reason: str,
    status: str,
    payload: Payload,
    incident_id: int | None,
    created_at_ms: int,
) -> int:
    """Keep what a receiver is to be told and return its number."""
    row = insert(notifications).values(
        group_key=group_key,
        receiver=receiver,
        reason=reason,
        status=status,
        payload=payload,
        incident_id=incident_id,
        created_at_ms=created_at_ms,
    )
    return int(tx.conn.execute(row.returning(notifications.c.id)).scalar_one())


def add(
    tx: Transaction,
    *,
    notification_id: int,
    channel: str,
    group_key: str,
    payload: Payload,
    created_at_ms: int,
    next_try_ms: int,
    attempts: int = 0,
    possible_repeat: bool = False,
    fallback_of: str | None = None,
    fallback_sent: bool = False,
    last_reason: str | None = None,
) -> int:
    """Queue a message on a channel and return its number."""
    row = insert(outbox).values(
        notification_id=notification_id,
        channel=channel,
        group_key=group_key,
        payload=payload,
        state=OutboxState.PENDING.value,
        attempts=attempts,
        created_at_ms=created_at_ms,
        next_try_ms=next_try_ms,
        possible_repeat=possible_repeat,
        fallback_of=fallback_of,
        fallback_sent=fallback_sent,
        last_reason=last_reason,
    )
    return int(tx.conn.execute(row.returning(outbox.c.id)).scalar_one())


def claim(tx: Transaction, channel: str, now_ms: int) -> OutboxRow | None:
    """Take the oldest row of the channel that is due: from now on it counts as on the wire.

    Nothing is due while the service has asked for a pause.
    """
    if held_until_ms(tx.conn, channel) > now_ms:
        return None
    due = _pending(channel).where(outbox.c.next_try_ms <= now_ms).order_by(outbox.c.id).limit(1)
    row = tx.conn.execute(due).first()
    if row is None:
        return None
    change(tx, row.id, state=OutboxState.SENDING, attempts=row.attempts + 1)
    return get(tx.conn, row.id)


def next_try_ms(conn: Connection, channel: str) -> int | None:
    """Return when the channel's next row is due, ``None`` when none waits."""
    soonest: int | None = conn.execute(select(func.min(outbox.c.next_try_ms)).where(_waits(channel))).scalar_one()
    return None if soonest is None else max(soonest, held_until_ms(conn, channel))


def held_until_ms(conn: Connection, channel: str) -> int:
    """Return until when the service has asked for a pause, 0 when it has not."""
    limited = and_(_waits(channel), outbox.c.last_reason == DeliveryReason.RATE_LIMITED.value)
    return conn.execute(select(func.max(outbox.c.next_try_ms)).where(limited)).scalar_one() or 0


def get(conn: Connection, row_id: int) -> OutboxRow:
    """Return the row with that number."""
    return _row(conn.execute(select(outbox).where(outbox.c.id == row_id)).one())


def pending_of(conn: Connection, channel: str, group_key: str) -> list[OutboxRow]:
    """Return the rows of a group that wait on a channel, oldest first."""
    query = _pending(channel).where(outbox.c.group_key == group_key).order_by(outbox.c.id)
    return [_row(row) for row in conn.execute(query)]


def is_queued(conn: Connection, notification_id: int, channel: str) -> bool:
    """Say whether a channel was given the notification, whatever became of it."""
    mine = (outbox.c.notification_id == notification_id) & (outbox.c.channel == channel)
    return conn.execute(select(outbox.c.id).where(mine)).first() is not None


def in_state(conn: Connection, *states: OutboxState) -> list[OutboxRow]:
    """Return all rows in these states, oldest first."""
    query = select(outbox).where(outbox.c.state.in_([state.value for state in states])).order_by(outbox.c.id)
    return [_row(row) for row in conn.execute(query)]


def change(tx: Transaction, row_id: int, **values: object) -> None:
    """Write columns of a row."""
    tx.conn.execute(update(outbox).where(outbox.c.id == row_id).values(values))


def reopen_sending(tx: Transaction) -> int:
    """Make rows that a crash left on the wire pending again, as possible repeats; return how many."""
    left = update(outbox).where(outbox.c.state == OutboxState.SENDING.value)
    done = tx.conn.execute(left.values(state=OutboxState.PENDING.value, possible_repeat=True))
    return done.rowcount


def no_later_than(tx: Transaction, latest_ms: int) -> None:
    """Bring next tries that lie too far ahead nearer: the clock was set back while the server was down."""
    far = (outbox.c.state == OutboxState.PENDING.value) & (outbox.c.next_try_ms > latest_ms)
    tx.conn.execute(update(outbox).where(far).values(next_try_ms=latest_ms))


def pending_elsewhere(conn: Connection, channels: Collection[str]) -> list[OutboxRow]:
    """Return rows that wait on channels other than these: the settings no longer name them."""
    waiting = select(outbox).where(outbox.c.state == OutboxState.PENDING.value)
    query = waiting.where(outbox.c.channel.not_in(list(channels))).order_by(outbox.c.id)
    return [_row(row) for row in conn.execute(query)]


def _pending(channel: str) -> Select[Any]:
    return select(outbox).where(_waits(channel))


def _waits(channel: str) -> ColumnElement[bool]:
    return and_(outbox.c.channel == channel, outbox.c.state == OutboxState.PENDING.value)


def _row(row: Row[tuple[object, ...]]) -> OutboxRow:
    values = dict(row._mapping)  # noqa: SLF001 (the documented way to a row's columns)
    return OutboxRow(**{**values, "state": OutboxState(values["state"])})
