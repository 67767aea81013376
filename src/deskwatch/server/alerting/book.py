"""Commit every alert before anything else knows of it, then hand it to the dispatcher.

Way:     rules -> [book] -> dispatch.  It is the rules' AlertSink.
"""

from __future__ import annotations

from collections.abc import Sequence

from deskwatch.model import Alert, AlertState, Event, EventKind
from deskwatch.server.alerting.dispatch import Dispatcher, Router
from deskwatch.server.storage.state import MAX_RESOLVED_AGE_MS, StateStore, Transaction, alerts, group_log
from deskwatch.server.storage.state.alerts import episode_of, key_of

_JOURNALED = {
    AlertState.PENDING: EventKind.ALERT_PENDING,
    AlertState.FIRING: EventKind.ALERT_FIRED,
    AlertState.RESOLVED: EventKind.ALERT_RESOLVED,
}


class AlertBook:
    """All alerts as committed.

    Args:
        store: Where they are kept.
        router: Which groups an alert falls into; the membership is committed with the alert.
        dispatcher: Who tells them.
    """

    def __init__(self, store: StateStore, router: Router, dispatcher: Dispatcher) -> None:
        self._store = store
        self._router = router
        self._dispatcher = dispatcher

    async def publish(self, changed: Sequence[Alert], now_ms: int) -> None:
        """Commit the alerts in one transaction, then hand on those to tell.

        Args:
            changed: Alerts whose state changed, and firing ones again with their fresh value.
            now_ms: Wall time.

        Raises:
            StorageError: Nothing was committed and nothing handed on; publish the same again.
        """
        if changed:
            to_tell = await self._store.write(lambda tx: _commit(tx, changed, self._router, now_ms))
            self._dispatcher.on_alerts(to_tell)

    async def active(self) -> list[Alert]:
        """Return the alerts that are pending or firing, as last committed."""
        return await self._store.read(alerts.active)

    async def everything(self) -> list[Alert]:
        """Return the alerts that are pending or firing, or resolved within the last day."""
        return await self._store.read(alerts.everything)


def _commit(tx: Transaction, changed: Sequence[Alert], router: Router, now_ms: int) -> list[Alert]:
    to_tell = [alert for alert in changed if _commit_one(tx, alert, router, now_ms)]
    if any(alert.state is AlertState.RESOLVED for alert in changed):
        alerts.forget_resolved(tx, now_ms - MAX_RESOLVED_AGE_MS)
    return to_tell


def _commit_one(tx: Transaction, alert: Alert, router: Router, now_ms: int) -> bool:
    """Write one alert and say whether the dispatcher is to hear of it."""
    before = alerts.state_of(tx.conn, episode_of(alert))
    if alert.state is AlertState.INACTIVE:
        alerts.remove(tx, episode_of(alert))
        return False
    alerts.put(tx, alert, known=before is not None)
    is_new = before is not alert.state
    if is_new:
        tx.event(_event(alert, now_ms))
    if alert.state is AlertState.PENDING:
        return False
    if is_new:
        group_log.join_groups(tx, key_of(alert), [of.id for of in router.groups(alert.labels)], now_ms)
    return is_new or alert.state is AlertState.FIRING


def _event(alert: Alert, now_ms: int) -> Event:
    return Event(
        _JOURNALED[alert.state],
        now_ms,
        bot=alert.labels.get("bot", ""),
        subject=alert.name,
        detail={
            "rule": alert.rule,
            "fingerprint": alert.fingerprint,
            "severity": alert.severity,
            "summary": alert.annotations.get("summary", ""),
            "value": str(alert.value),
            "limit": alert.limit,
        },
    )
