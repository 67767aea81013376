"""The journal: what happened, in the order of its commits; rows are only ever appended."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Row, func, insert, select

from deskwatch.model import Event, EventKind
from deskwatch.server.storage.state.tables import journal


def append(conn: Connection, event: Event) -> int:
    """Append the event and return its number."""
    row = insert(journal).values(
        ts_ms=event.ts_ms, kind=event.kind.value, bot=event.bot, subject=event.subject, detail=dict(event.detail)
    )
    return int(conn.execute(row.returning(journal.c.id)).scalar_one())


def read(conn: Connection, after_id: int, limit: int, kinds: Collection[EventKind] = ()) -> list[Event]:
    """Return at most ``limit`` events with numbers above ``after_id``, oldest first; no kinds means all."""
    query = select(journal).where(journal.c.id > after_id).order_by(journal.c.id).limit(limit)
    if kinds:
        query = query.where(journal.c.kind.in_([kind.value for kind in kinds]))
    return [_event(row) for row in conn.execute(query)]


def newest(conn: Connection, limit: int) -> list[Event]:
    """Return the newest events, oldest first."""
    query = select(journal).order_by(journal.c.id.desc()).limit(limit)
    return [_event(row) for row in conn.execute(query)][::-1]


def last_id(conn: Connection) -> int:
    """Return the number of the newest event, 0 when there is none."""
    return int(conn.execute(select(func.coalesce(func.max(journal.c.id), 0))).scalar_one())


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(EventKind(row.kind), row.ts_ms, row.bot, row.subject, row.detail, row.id)
