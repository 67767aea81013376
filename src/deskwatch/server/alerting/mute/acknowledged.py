"""Somebody has answered: the same is not repeated to them. What is new is told all the same."""

from __future__ import annotations

from deskwatch.server.alerting.dispatch.group import Flush
from deskwatch.server.alerting.notification import FlushReason
from deskwatch.server.storage.state import IncidentState, StateStore, incidents


class Acknowledged:
    """Holds repeats of acknowledged incidents back.

    Args:
        store: Where incidents are.
    """

    name = "acknowledged"

    def __init__(self, store: StateStore) -> None:
        self._store = store

    async def mutes(self, flush: Flush) -> bool:
        """Say whether the flush only repeats what somebody has acknowledged."""
        if flush.reason is not FlushReason.REPEAT:
            return False
        incident = await self._store.read(lambda conn: incidents.unresolved_of(conn, flush.group))
        return incident is not None and incident.state is IncidentState.ACKNOWLEDGED
