"""One transaction on the state, and the events that it tells when it has been committed."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from deskwatch.model import Event
from deskwatch.server.storage.state import journal


class Transaction:
    """What a function that writes may touch.

    Attributes:
        conn: The connection, within an open transaction.
        events: The events of this transaction, with their numbers.
    """

    __slots__ = ("conn", "events")

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        """Append the event to the journal; subscribers hear of it after the commit."""
        self.events.append(replace(event, id=journal.append(self.conn, event)))
