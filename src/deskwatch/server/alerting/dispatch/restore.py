"""Build the groups again after a restart, from the committed alerts and from what was told.

Routes may have changed meanwhile: a firing alert then joins the groups of the new routes, and an end that was
still to be told is told by them.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskwatch.model import Alert, AlertState
from deskwatch.server.alerting.dispatch.group import Group
from deskwatch.server.alerting.dispatch.route import GroupOf, Router
from deskwatch.server.alerting.incident.life import close_abandoned
from deskwatch.server.storage.state import TOLD_NOTHING, GroupId, Told, Transaction, alerts, group_log
from deskwatch.server.storage.state.alerts import key_of


def rebuild(tx: Transaction, router: Router, now_ms: int) -> dict[GroupId, Group]:
    """Return the groups as they stood, and write the memberships as the routes are now."""
    members = group_log.memberships(tx.conn)
    told = group_log.told(tx.conn)
    groups: dict[GroupId, Group] = {}
    for alert in {key_of(alert): alert for alert in alerts.told_or_to_tell(tx.conn)}.values():
        known = members.get(key_of(alert), {})
        chosen = _groups_now(alert, known, router)
        for of in chosen:
            since_ms = min(known.get(of.id, now_ms), now_ms)
            groups.setdefault(of.id, _restored(of, told.get(of.id, TOLD_NOTHING), since_ms, now_ms))
            groups[of.id].alerts[key_of(alert)] = alert
        _write_memberships(tx, alert, known, [of.id for of in chosen], now_ms)
    close_abandoned(tx, groups.keys(), now_ms)
    return groups


def _groups_now(alert: Alert, known: Mapping[GroupId, int], router: Router) -> list[GroupOf]:
    wanted = router.groups(alert.labels)
    if alert.state is AlertState.FIRING:
        return wanted
    if not known:
        return []  # resolved, and told everywhere
    return [of for of in wanted if of.id in known] or wanted


def _restored(of: GroupOf, told: Told, since_ms: int, now_ms: int) -> Group:
    group = Group.new(of, since_ms)
    if told.ts_ms is not None:
        group.told, group.told_at_ms = told, min(told.ts_ms, now_ms)
        group.due_ms = group.told_at_ms + of.route.group_interval_ms
    return group


def _write_memberships(
    tx: Transaction, alert: Alert, known: Mapping[GroupId, int], now: list[GroupId], now_ms: int
) -> None:
    group_log.join_groups(tx, key_of(alert), now, now_ms)
    for gone in known.keys() - set(now):
        group_log.leave_for_good(tx, gone, key_of(alert))
