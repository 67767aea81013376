"""Incidents: what a person acknowledges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, insert, select, update

from deskwatch.server.storage.state.group_log import GroupId
from deskwatch.server.storage.state.tables import incidents
from deskwatch.server.storage.state.transaction import Transaction


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble, from its first alert to its last resolution.

    Attributes:
        id: Its number.
        group: The group of alerts that opened it.
        title: What a person reads first.
        severity: The worst that its alerts had.
        state: Where it stands.
        opened_at_ms: When.
        acknowledged_at_ms: When somebody answered.
        acknowledged_by: Who.
        resolved_at_ms: When its last alert ended.
    """

    id: int
    group: GroupId
    title: str
    severity: str
    state: IncidentState
    opened_at_ms: int
    acknowledged_at_ms: int | None = None
    acknowledged_by: str | None = None
    resolved_at_ms: int | None = None


def open_incident(tx: Transaction, group: GroupId, title: str, severity: str, now_ms: int) -> Incident:
    """Open an incident and return it."""
    row = {
        "group_key": group.group_key,
        "receiver": group.receiver,
        "title": title,
        "severity": severity,
        "state": IncidentState.OPEN.value,
        "opened_at_ms": now_ms,
    }
    number = tx.conn.execute(insert(incidents).values(row).returning(incidents.c.id)).scalar_one()
    return Incident(number, group, title, severity, IncidentState.OPEN, now_ms)


def unresolved_of(conn: Connection, group: GroupId) -> Incident | None:
    """Return the incident of a group that is not resolved."""
    mine = (incidents.c.group_key == group.group_key) & (incidents.c.receiver == group.receiver)
    row = conn.execute(select(incidents).where(mine, incidents.c.state != IncidentState.RESOLVED.value)).first()
    return None if row is None else _incident(row)


def unresolved(conn: Connection) -> list[Incident]:
    """Return all incidents that are not resolved, oldest first."""
    query = select(incidents).where(incidents.c.state != IncidentState.RESOLVED.value).order_by(incidents.c.id)
    return [_incident(row) for row in conn.execute(query)]


def get(conn: Connection, incident_id: int) -> Incident | None:
    """Return the incident with that number."""
    row = conn.execute(select(incidents).where(incidents.c.id == incident_id)).first()
    return None if row is None else _incident(row)


def retitle(tx: Transaction, incident_id: int, title: str, severity: str) -> None:
    """Write what the incident is about by now."""
    tx.conn.execute(update(incidents).where(incidents.c.id == incident_id).values(title=title, severity=severity))


def acknowledge(tx: Transaction, incident_id: int, by: str, now_ms: int) -> None:
    """Write who answered, and when."""
    row = {"state": IncidentState.ACKNOWLEDGED.value, "acknowledged_by": by, "acknowledged_at_ms": now_ms}
    tx.conn.execute(update(incidents).where(incidents.c.id == incident_id).values(row))


def resolve(tx: Transaction, incident_id: int, now_ms: int) -> None:
    """Write that the incident is over."""
    row = {"state": IncidentState.RESOLVED.value, "resolved_at_ms": now_ms}
    tx.conn.execute(update(incidents).where(incidents.c.id == incident_id).values(row))


def _incident(row: Row[tuple[object, ...]]) -> Incident:
    return Incident(
        id=row.id,
        group=GroupId(row.group_key, row.receiver),
        title=row.title,
        severity=row.severity,
        state=IncidentState(row.state),
        opened_at_ms=row.opened_at_ms,
        acknowledged_at_ms=row.acknowledged_at_ms,
        acknowledged_by=row.acknowledged_by,
        resolved_at_ms=row.resolved_at_ms,
    )
