"""What a receiver is told of a group: the alerts, why now, and how the bot stood.

Way:     dispatch -> [notification] -> outbox (as JSON) -> notify.  It is written once, at the flush; what is sent
         an hour later says what was true then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from deskwatch.model import Alert, AlertState, Labels
from deskwatch.server.alerting.context import Context

SEVERITIES: Final = ("none", "info", "warning", "critical")
"""From least to worst; a name that is not here counts as a warning."""


class FlushReason(StrEnum):
    """Why a group is told now, or is not."""

    FIRST_FIRING = "first_firing"
    MORE_FIRING = "more_firing"
    FIRED_AND_RESOLVED = "fired_and_resolved"
    SOME_RESOLVED = "some_resolved"
    ALL_RESOLVED = "all_resolved"
    REPEAT = "repeat"
    NOTHING_NEW = "nothing_new"


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert in a notification.

    Attributes:
        alert: The alert as it stood.
        heard: Whether the receiver was told before that it fires.
    """

    alert: Alert
    heard: bool

    @property
    def firing(self) -> bool:
        """Whether it fires."""
        return self.alert.state is AlertState.FIRING


@dataclass(frozen=True, slots=True)
class Notification:
    """What one receiver is told of one group.

    Attributes:
        group_key: The route and the group's labels.
        group_labels: What the group's alerts have in common by ``group_by``.
        receiver: Who is told.
        reason: Why now.
        notices: The alerts, the worst and oldest first.
        created_at_ms: When it was written, wall time.
        incident_id: The incident that a person acknowledges.
        context: How the bot stood, where it could be found out in time.
        url: The page of the server.
    """

    group_key: str
    group_labels: Labels
    receiver: str
    reason: FlushReason
    notices: tuple[Notice, ...]
    created_at_ms: int
    incident_id: int | None = None
    context: Context | None = None
    url: str = ""

    @property
    def firing(self) -> tuple[Notice, ...]:
        """The alerts that fire."""
        return tuple(notice for notice in self.notices if notice.firing)

    @property
    def resolved(self) -> tuple[Notice, ...]:
        """The alerts that have ended."""
        return tuple(notice for notice in self.notices if not notice.firing)

    @property
    def status(self) -> str:
        """``firing`` while any alert fires, else ``resolved``; Alertmanager's words."""
        return "firing" if self.firing else "resolved"

    @property
    def severity(self) -> str:
        """The worst severity among the alerts that fire, or among all when none does."""
        return worst_severity(notice.alert for notice in self.firing or self.notices)

    @property
    def common_labels(self) -> Labels:
        """The labels that all alerts share."""
        return common_labels([notice.alert for notice in self.notices])

    @property
    def link(self) -> str:
        """The page that shows it."""
        return (self.context.link if self.context else "") or self.url

    def to_json(self) -> dict[str, Any]:
        """Return the notification as JSON values."""
        return {
            "group_key": self.group_key,
            "group_labels": dict(self.group_labels),
            "receiver": self.receiver,
            "reason": self.reason.value,
            "notices": [{"heard": notice.heard, "alert": _alert_to_json(notice.alert)} for notice in self.notices],
            "created_at_ms": self.created_at_ms,
            "incident_id": self.incident_id,
            "context": self.context.to_json() if self.context else None,
            "url": self.url,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Notification:
        """Read what :meth:`to_json` wrote."""
        notices = tuple(Notice(_alert_from_json(notice["alert"]), notice["heard"]) for notice in values["notices"])
        typed = {
            "group_labels": Labels(values["group_labels"]),
            "reason": FlushReason(values["reason"]),
            "notices": notices,
            "context": Context.from_json(values["context"]) if values["context"] else None,
        }
        return cls(**{**values, **typed})


def joined(older: Notification, newer: Notification) -> Notification:
    """Return one notification that says what both say; the older one was never delivered.

    What is newer about an alert counts, but an alert that the older one was first to speak of is still unheard.
    """
    unheard = {_key(notice) for notice in older.notices if not notice.heard}
    known = {_key(notice) for notice in newer.notices}
    notices = [replace(notice, heard=notice.heard and _key(notice) not in unheard) for notice in newer.notices]
    notices += [notice for notice in older.notices if _key(notice) not in known]
    return replace(newer, notices=ordered(notices), context=newer.context or older.context)


def ordered(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices, firing before resolved, the worst and then the oldest first."""
    return tuple(sorted(notices, key=lambda n: (not n.firing, -_rank(n.alert.severity), n.alert.active_at_ms)))


def worst_severity(alerts: Iterable[Alert]) -> str:
    """Return the worst severity of the alerts, ``none`` when there are none."""
    return max((alert.severity for alert in alerts), key=_rank, default=SEVERITIES[0])


def common_labels(alerts: Iterable[Alert]) -> Labels:
    """Return the labels that all alerts share."""
    shared = [set(alert.labels.pairs) for alert in alerts]
    return Labels(tuple(set.intersection(*shared))) if shared else Labels()


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else SEVERITIES.index("warning")


def _key(notice: Notice) -> tuple[str, str]:
    return notice.alert.rule, notice.alert.fingerprint


def _alert_to_json(alert: Alert) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": alert.state.value,
        # JSON has no NaN and no infinity, PromQL has; as text float() reads them back.
        "value": alert.value if math.isfinite(alert.value) else str(alert.value),
        "active_at_ms": alert.active_at_ms,
        "fired_at_ms": alert.fired_at_ms,
        "resolved_at_ms": alert.resolved_at_ms,
        "keep_firing_since_ms": alert.keep_firing_since_ms,
        "limit": alert.limit,
        "generator_url": alert.generator_url,
    }


def _alert_from_json(values: Mapping[str, Any]) -> Alert:
    typed = {
        "labels": Labels(values["labels"]),
        "state": AlertState(values["state"]),
        "value": float(values["value"]),
    }
    return Alert(**{**values, **typed})
