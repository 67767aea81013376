"""A person answers: durable before anybody is told that it was taken."""

from __future__ import annotations

from deskwatch.errors import ActionError
from deskwatch.model import Event, EventKind
from deskwatch.server.storage.state import Incident, IncidentState, StateStore, Transaction, incidents


async def acknowledge(store: StateStore, incident_id: int, by: str, now_ms: int) -> Incident:
    """Acknowledge an incident and return it as it stands then.

    The first to answer stays the one who did; an incident that is over stays over.

    Args:
        store: Where incidents are.
        incident_id: Which one.
        by: Who answers.
        now_ms: When, wall time.

    Raises:
        ActionError: There is no such incident.
    """
    return await store.write(lambda tx: _acknowledge(tx, incident_id, by, now_ms))


def _acknowledge(tx: Transaction, incident_id: int, by: str, now_ms: int) -> Incident:
    incident = _existing(tx, incident_id)
    if incident.state is not IncidentState.OPEN:
        return incident
    incidents.acknowledge(tx, incident_id, by, now_ms)
    detail = {"incident_id": incident_id, "by": by}
    tx.event(Event(EventKind.INCIDENT_ACKNOWLEDGED, now_ms, subject=incident.title, detail=detail))
    return _existing(tx, incident_id)


def _existing(tx: Transaction, incident_id: int) -> Incident:
    incident = incidents.get(tx.conn, incident_id)
    if incident is None:
        raise ActionError(f"incident {incident_id} does not exist; GET /api/desk lists those that do")
    return incident
