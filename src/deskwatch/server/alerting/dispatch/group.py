"""A group: alerts that are told together, and what was last told of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from deskwatch.config import Route
from deskwatch.model import Alert, AlertState, Labels
from deskwatch.server.alerting.dispatch.reason import flush_reason
from deskwatch.server.alerting.dispatch.route import GroupOf
from deskwatch.server.alerting.notification import FlushReason, Notice, ordered
from deskwatch.server.storage.state import TOLD_NOTHING, GroupId, Told
from deskwatch.server.storage.state.alerts import AlertKey, key_of


@dataclass(frozen=True, slots=True)
class Flush:
    """What one group has to say at one moment.

    Attributes:
        group: Which group.
        labels: Its labels.
        reason: Why it is told, or not.
        notices: Its alerts.
    """

    group: GroupId
    labels: Labels
    reason: FlushReason
    notices: tuple[Notice, ...]

    @property
    def firing(self) -> frozenset[AlertKey]:
        """The alerts that fire."""
        return frozenset(key_of(notice.alert) for notice in self.notices if notice.firing)

    @property
    def resolved(self) -> frozenset[AlertKey]:
        """The alerts that have ended."""
        return frozenset(key_of(notice.alert) for notice in self.notices if not notice.firing)


@dataclass(slots=True)
class Group:
    """The alerts of one group.

    Attributes:
        id: What tells it apart.
        route: Its timing.
        labels: Its labels.
        due_ms: When it is looked at next, even time.
        alerts: Firing ones, and resolved ones whose end is still to be told.
        told: What the receiver was last told.
        told_at_ms: When, even time.
    """

    id: GroupId
    route: Route
    labels: Labels
    due_ms: int
    alerts: dict[AlertKey, Alert] = field(default_factory=dict)
    told: Told = TOLD_NOTHING
    told_at_ms: int | None = None

    @classmethod
    def new(cls, of: GroupOf, since_ms: int) -> Group:
        """Return an empty group whose first message waits for ``group_wait``."""
        return cls(of.id, of.route, of.labels, since_ms + of.route.group_wait_ms)

    def flush(self, now_ms: int) -> Flush:
        """Return what the group has to say now."""
        firing = {key for key, alert in self.alerts.items() if alert.state is AlertState.FIRING}
        quiet_ms = None if self.told_at_ms is None else now_ms - self.told_at_ms
        reason = flush_reason(firing, self.alerts.keys() - firing, self.told, quiet_ms, self.route.repeat_interval_ms)
        notices = ordered(Notice(alert, key in self.told.firing) for key, alert in self.alerts.items())
        return Flush(self.id, self.labels, reason, notices)

    def has_told(self, flush: Flush, told: Told, now_ms: int) -> None:
        """Take note that a flush is committed; what has changed since stays to be told."""
        self.told, self.told_at_ms = told, now_ms
        for notice in flush.notices:
            key = key_of(notice.alert)
            if not notice.firing and self.alerts.get(key) is notice.alert:
                del self.alerts[key]
