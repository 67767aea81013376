"""Which alerts each group holds, and what its receiver was last told.

A membership is written with the alert and removed with the message that tells its end, in the same transaction;
so after a crash the groups are rebuilt exactly, with nothing told twice and nothing forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, insert, select

from deskwatch.model import AlertState
from deskwatch.server.storage.state.alerts import AlertKey
from deskwatch.server.storage.state.tables import alerts, group_alerts, group_log
from deskwatch.server.storage.state.transaction import Transaction


@dataclass(frozen=True, slots=True)
class GroupId:
    """What tells two groups apart.

    Attributes:
        group_key: The route and the group's labels, as Alertmanager writes them.
        receiver: Who is told.
    """

    group_key: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a receiver was last told of a group.

    Attributes:
        firing: The alerts that were firing.
        resolved: The alerts that were told to have ended.
        ts_ms: When, by the wall clock.
    """

    firing: frozenset[AlertKey] = frozenset()
    resolved: frozenset[AlertKey] = frozenset()
    ts_ms: int | None = None


TOLD_NOTHING: Final = Told()


def join_groups(tx: Transaction, key: AlertKey, groups: Iterable[GroupId], since_ms: int) -> None:
    """Write that the alert belongs to the groups; where it already does, it does since before."""
    already = _groups_of(tx.conn, key)
    for group in groups:
        if group not in already:
            tx.conn.execute(insert(group_alerts).values({**_row(group, key), "since_ms": since_ms}))


def leave_group(tx: Transaction, group: GroupId, keys: Iterable[AlertKey]) -> None:
    """Remove alerts whose end has been told; one that fires again by now stays."""
    fires_again = exists().where(
        alerts.c.rule == group_alerts.c.rule,
        alerts.c.fingerprint == group_alerts.c.fingerprint,
        alerts.c.state == AlertState.FIRING.value,
    )
    for key in keys:
        tx.conn.execute(delete(group_alerts).where(_is_member(group, key), ~fires_again))


def leave_for_good(tx: Transaction, group: GroupId, key: AlertKey) -> None:
    """Remove an alert from a group that the routes no longer have."""
    tx.conn.execute(delete(group_alerts).where(_is_member(group, key)))


def memberships(conn: Connection) -> dict[AlertKey, dict[GroupId, int]]:
    """Return the groups of each alert, and since when it is in them."""
    found: dict[AlertKey, dict[GroupId, int]] = {}
    for row in conn.execute(select(group_alerts)):
        groups = found.setdefault((row.rule, row.fingerprint), {})
        groups[GroupId(row.group_key, row.receiver)] = row.since_ms
    return found


def told(conn: Connection) -> dict[GroupId, Told]:
    """Return what each group's receiver was last told."""
    return {
        GroupId(row.group_key, row.receiver): Told(_keys(row.firing), _keys(row.resolved), row.ts_ms)
        for row in conn.execute(select(group_log))
    }


def tell(tx: Transaction, group: GroupId, said: Told) -> None:
    """Write what the receiver is told now."""
    forget(tx, group)
    tx.conn.execute(
        insert(group_log).values(
            group_key=group.group_key,
            receiver=group.receiver,
            firing=sorted(said.firing),
            resolved=sorted(said.resolved),
            ts_ms=said.ts_ms,
        )
    )


def forget(tx: Transaction, group: GroupId) -> None:
    """Forget what the receiver of a group was told: the group has ended."""
    tx.conn.execute(delete(group_log).where(_is(group_log, group)))


def _groups_of(conn: Connection, key: AlertKey) -> set[GroupId]:
    query = select(group_alerts.c.group_key, group_alerts.c.receiver)
    mine = query.where(group_alerts.c.rule == key[0], group_alerts.c.fingerprint == key[1])
    return {GroupId(row.group_key, row.receiver) for row in conn.execute(mine)}


def _keys(pairs: Iterable[Iterable[str]]) -> frozenset[AlertKey]:
    return frozenset((rule, fingerprint) for rule, fingerprint in pairs)


def _row(group: GroupId, key: AlertKey) -> Mapping[str, object]:
    return {"group_key": group.group_key, "receiver": group.receiver, "rule": key[0], "fingerprint": key[1]}


def _is(table: Table, group: GroupId) -> ColumnElement[bool]:
    return and_(table.c.group_key == group.group_key, table.c.receiver == group.receiver)


def _is_member(group: GroupId, key: AlertKey) -> ColumnElement[bool]:
    mine = and_(group_alerts.c.rule == key[0], group_alerts.c.fingerprint == key[1])
    return and_(_is(group_alerts, group), mine)
