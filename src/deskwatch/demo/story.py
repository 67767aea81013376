"""The story that the demo must tell, in this order: seven steps, each found in the server's own journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from deskwatch.model import Event, EventKind

WARNING_ALERT = "DrawdownNearLimit"
PAGE_ALERT = "DrawdownPastLimit"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story, and how an event is known to be it."""

    name: str
    is_told_by: Callable[[Event], bool]


def _kind(kind: EventKind, subject: str = "") -> Callable[[Event], bool]:
    return lambda event: event.kind is kind and subject in (event.subject, "")


def _page_delivered(event: Event) -> bool:
    alerts = event.detail.get("alerts")
    return (
        event.kind is EventKind.NOTIFICATION_DELIVERED
        and event.subject == "phone"
        and event.detail.get("status") == "firing"
        and isinstance(alerts, list)
        and PAGE_ALERT in alerts
    )


STEPS = (
    Step("bot_started", _kind(EventKind.BOT_STARTED)),
    Step("first_fill", _kind(EventKind.FIRST_FILL)),
    Step("warning_fired", _kind(EventKind.ALERT_FIRED, WARNING_ALERT)),
    Step("page_delivered", _page_delivered),
    Step("guard_tripped", _kind(EventKind.GUARD_TRIPPED)),
    Step("position_flat_verified", _kind(EventKind.POSITION_FLAT)),
    Step("resolved", _kind(EventKind.ALERT_RESOLVED, PAGE_ALERT)),
)


@dataclass(slots=True)
class Story:
    """Follows the journal and says which step an event tells.

    Attributes:
        told: The names of the steps told so far, in the order in which they came.
    """

    told: list[str] = field(default_factory=list)

    def tell(self, event: Event) -> str | None:
        """Return the step that this event tells for the first time, if it tells one."""
        for step in STEPS:
            if step.name not in self.told and step.is_told_by(event):
                self.told.append(step.name)
                return step.name
        return None

    @property
    def missing(self) -> list[str]:
        """The steps that were not told."""
        return [step.name for step in STEPS if step.name not in self.told]

    @property
    def in_order(self) -> bool:
        """Whether every step was told, each after the one before it."""
        return self.told == [step.name for step in STEPS]
