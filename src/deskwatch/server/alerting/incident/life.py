"""The life of an incident: opened when its group first fires, resolved when all of it has ended."""

from __future__ import annotations

from collections.abc import Collection

from deskwatch.model import Event, EventKind
from deskwatch.server.alerting.notification import Notification
from deskwatch.server.storage.state import GroupId, Incident, Transaction, incidents


def follow(tx: Transaction, group: GroupId, notification: Notification) -> Incident:
    """Open, update or resolve the group's incident as the notification says, and return it."""
    now_ms = notification.created_at_ms
    incident = incidents.unresolved_of(tx.conn, group)
    if incident is None:
        incident = incidents.open_incident(tx, group, _title(notification), notification.severity, now_ms)
        tx.event(_event(EventKind.INCIDENT_OPENED, incident, now_ms, notification.common_labels.get("bot", "")))
    elif notification.firing:
        incidents.retitle(tx, incident.id, _title(notification), notification.severity)
    if not notification.firing:
        incidents.resolve(tx, incident.id, now_ms)
        tx.event(_event(EventKind.INCIDENT_RESOLVED, incident, now_ms, notification.common_labels.get("bot", "")))
    return incident


def close_abandoned(tx: Transaction, groups: Collection[GroupId], now_ms: int) -> None:
    """Resolve incidents whose group the routes no longer have; their alerts have gone to other groups."""
    for incident in incidents.unresolved(tx.conn):
        if incident.group not in groups:
            incidents.resolve(tx, incident.id, now_ms)
            tx.event(_event(EventKind.INCIDENT_RESOLVED, incident, now_ms))


def _title(notification: Notification) -> str:
    worst, *others = (notice.alert for notice in notification.notices)
    summary = worst.annotations.get("summary") or worst.name
    return f"{summary} (and {len(others)} more)" if others else summary


def _event(kind: EventKind, incident: Incident, now_ms: int, bot: str = "") -> Event:
    detail = {"incident_id": incident.id, "severity": incident.severity}
    return Event(kind, now_ms, bot=bot, subject=incident.title, detail=detail)
