"""Alerts as last committed: those that are pending or firing, and those that resolved not long ago.

A row an episode: an alert that is pending again does not overwrite an end that nobody has been told yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, insert, select, update

from deskwatch.model import Alert, AlertState, Labels
from deskwatch.server.storage.state.tables import alerts, group_alerts
from deskwatch.server.storage.state.transaction import Transaction

MAX_RESOLVED_AGE_MS: Final = 24 * 3_600_000
"""A resolved alert is shown for a day; the journal keeps it."""

AlertKey = tuple[str, str]
"""Rule and fingerprint: what tells two alerts apart."""

Episode = tuple[str, str, int]
"""Rule, fingerprint and start: one run of an alert from its condition to its end."""


def key_of(alert: Alert) -> AlertKey:
    """Return what tells the alert apart from others."""
    return alert.rule, alert.fingerprint


def episode_of(alert: Alert) -> Episode:
    """Return what tells this run of the alert apart from its other runs."""
    return alert.rule, alert.fingerprint, alert.active_at_ms


def put(tx: Transaction, alert: Alert, *, known: bool) -> None:
    """Write the row of the alert's episode.

    Args:
        tx: The transaction.
        alert: The alert as it stands.
        known: Whether the episode has a row already.
    """
    if known:
        tx.conn.execute(update(alerts).where(_is(episode_of(alert))).values(_values(alert)))
    else:
        tx.conn.execute(insert(alerts).values(_values(alert)))


def state_of(conn: Connection, episode: Episode) -> AlertState | None:
    """Return the committed state of an episode, ``None`` when it has no row."""
    state = conn.execute(select(alerts.c.state).where(_is(episode))).scalar()
    return None if state is None else AlertState(state)


def remove(tx: Transaction, episode: Episode) -> None:
    """Remove the row of an episode that ended before it fired."""
    tx.conn.execute(delete(alerts).where(_is(episode)))


def active(conn: Connection) -> list[Alert]:
    """Return the alerts that are pending or firing."""
    return _in_states(conn, AlertState.PENDING, AlertState.FIRING)


def everything(conn: Connection) -> list[Alert]:
    """Return all alerts that have a row, those that resolved not long ago too."""
    return [_alert(row) for row in conn.execute(select(alerts).order_by(alerts.c.active_at_ms))]


def told_or_to_tell(conn: Connection) -> list[Alert]:
    """Return the alerts that groups may still have to speak of, later episodes last."""
    return _in_states(conn, AlertState.FIRING, AlertState.RESOLVED)


def forget_resolved(tx: Transaction, before_ms: int) -> None:
    """Remove alerts that resolved before that time and that no group has still to tell."""
    in_a_group = exists().where(
        group_alerts.c.rule == alerts.c.rule, group_alerts.c.fingerprint == alerts.c.fingerprint
    )
    old = delete(alerts).where(alerts.c.state == AlertState.RESOLVED.value, alerts.c.resolved_at_ms < before_ms)
    tx.conn.execute(old.where(~in_a_group))


def _is(episode: Episode) -> ColumnElement[bool]:
    rule, fingerprint, active_at_ms = episode
    return and_(alerts.c.rule == rule, alerts.c.fingerprint == fingerprint, alerts.c.active_at_ms == active_at_ms)


def _in_states(conn: Connection, *wanted: AlertState) -> list[Alert]:
    query = select(alerts).where(alerts.c.state.in_([state.value for state in wanted]))
    return [_alert(row) for row in conn.execute(query.order_by(alerts.c.active_at_ms))]


def _values(alert: Alert) -> Mapping[str, object]:
    return {
        "rule": alert.rule,
        "fingerprint": alert.fingerprint,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": alert.state.value,
        "value": alert.value,
        "active_at_ms": alert.active_at_ms,
        "fired_at_ms": alert.fired_at_ms,
        "resolved_at_ms": alert.resolved_at_ms,
        "keep_firing_since_ms": alert.keep_firing_since_ms,
        "limit": alert.limit,
        "generator_url": alert.generator_url,
    }


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    values = dict(row._mapping)  # noqa: SLF001 (the documented way to a row's columns)
    del values["fingerprint"]
    return Alert(**{**values, "labels": Labels(values["labels"]), "state": AlertState(values["state"])})
