"""What happened, in the order in which it was committed: one row of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """Everything that the journal tells; the docs explain each (docs/reference/events.md)."""

    SERVER_STARTED = "server_started"
    BOT_STARTED = "bot_started"
    BOT_EXITED = "bot_exited"
    BOT_RESTARTING = "bot_restarting"
    BOT_GAVE_UP = "bot_gave_up"
    BOT_HUNG = "bot_hung"
    BOT_RECOVERED = "bot_recovered"
    FIRST_FILL = "first_fill"
    GUARD_WARNED = "guard_warned"
    GUARD_TRIPPED = "guard_tripped"
    GUARD_RESET = "guard_reset"
    GUARD_COMMANDED = "guard_commanded"
    GUARD_OBEYED = "guard_obeyed"
    GUARD_REFUSED = "guard_refused"
    POSITION_FLAT = "position_flat"
    POSITION_NOT_FLAT = "position_not_flat"
    ALERT_PENDING = "alert_pending"
    ALERT_FIRED = "alert_fired"
    ALERT_RESOLVED = "alert_resolved"
    NOTIFICATION_QUEUED = "notification_queued"
    NOTIFICATION_DELIVERED = "notification_delivered"
    NOTIFICATION_RETRIED = "notification_retried"
    NOTIFICATION_FAILED = "notification_failed"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_ACKNOWLEDGED = "incident_acknowledged"
    INCIDENT_RESOLVED = "incident_resolved"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the journal.

    Attributes:
        kind: What happened.
        ts_ms: When, by the server's clock, in milliseconds.
        bot: Which bot it concerns, empty for the server itself.
        subject: What it is about: an alert name, a channel, a guard limit.
        detail: Plain JSON values that say more.
        id: The row's number once committed, 0 before.
    """

    kind: EventKind
    ts_ms: int
    bot: str = ""
    subject: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    id: int = 0
