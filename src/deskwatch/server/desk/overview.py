"""Everything that the first page shows, as plain JSON values."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from deskwatch.model import Alert, Clock
from deskwatch.server.alerting.dispatch import Router
from deskwatch.server.desk.desk import Desk
from deskwatch.server.desk.facts import BotFacts, GuardState
from deskwatch.server.scrape import TargetHealth, TargetState
from deskwatch.server.storage.state import (
    GroupId,
    GuardStateRow,
    Incident,
    StateStore,
    alerts,
    guard_states,
    incidents,
)
from deskwatch.server.supervise import BotState, Supervisor

RECENT_MS: Final = 24 * 3_600_000
"""How long a resolved alert stays on the first page."""

MAX_ALERTS: Final = 200
_GUARD_SAYS: Final = {
    GuardState.ACTIVE: "",
    GuardState.REDUCING: "the guard lets exits through only",
    GuardState.HALTED: "the guard has halted trading",
}
_DOWN: Final = (BotState.EXITED, BotState.BACKOFF, BotState.GAVE_UP, BotState.STOPPED)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bot stands, in one word and a reason."""

    state: str
    reason: str


def standing(process: BotState | None, process_reason: str, facts: BotFacts, guard: GuardStateRow | None) -> Standing:
    """Return the one word for a bot: what is worst comes first.

    Args:
        process: Where its process stands; None when it is only scraped.
        process_reason: Why.
        facts: What its metrics say.
        guard: What its guard last told, for the reason.
    """
    if process in _DOWN:
        return Standing("DOWN", process_reason)
    if process is BotState.HUNG:
        return Standing("HUNG", process_reason)
    if facts.guard is not None:
        says = _GUARD_SAYS[facts.guard]
        return Standing(facts.guard.name, guard.reason if says and guard is not None else says)
    if process is BotState.RUNNING:
        return Standing("ACTIVE", "it runs; no guard reports")
    return Standing("UNKNOWN", "nothing has been heard of it yet")


class Overview:
    """Builds what the first page shows.

    Args:
        desk: The facts about a bot.
        store: Alerts, incidents and guard states.
        targets: How each target stands.
        supervisors: The bot of ``deskwatch run``, by name.
        router: Which group an alert falls into, and so which incident it belongs to.
        clock: The time.
        time_zone: The desk's.
    """

    def __init__(
        self,
        desk: Desk,
        store: StateStore,
        *,
        targets: Callable[[], Sequence[TargetState]],
        supervisors: Mapping[str, Supervisor],
        router: Router,
        clock: Clock,
        time_zone: str,
    ) -> None:
        self._desk = desk
        self._store = store
        self._targets = targets
        self._supervisors = supervisors
        self._router = router
        self._clock = clock
        self._time_zone = time_zone

    async def json(self) -> dict[str, object]:
        """Return bots and alerts."""
        targets = _by_bot(self._targets())
        names = list(dict.fromkeys([*self._supervisors, *targets]))
        shown = await asyncio.gather(*(self._bot(name, targets.get(name)) for name in names))
        return {
            "now_ms": self._clock.now_ms(),
            "time_zone": self._time_zone,
            "bots": shown,
            "alerts": await self._alerts(),
        }

    async def _bot(self, name: str, target: TargetState | None) -> dict[str, object]:
        facts = await self._desk.facts(name)
        guards = await self._store.read(lambda conn: guard_states.of_bot(conn, name))
        supervisor = self._supervisors.get(name)
        now_ms = self._clock.now_ms()
        process, reason = (supervisor.state, supervisor.reason) if supervisor else (None, "")
        stands = standing(process, reason, facts, _tightest(guards))
        return {
            "name": name,
            "state": stands.state,
            "reason": stands.reason,
            "instrumented": facts.heartbeat_ts_ms is not None or facts.equity is not None,
            "heartbeat_age_seconds": _age_seconds(facts.heartbeat_ts_ms, now_ms),
            "scrape": _scrape(target),
            "cpu_ratio": _finite(await self._desk.cpu_ratio(name)),
            **_process(supervisor, now_ms),
            **_money(facts),
        }

    async def _alerts(self) -> list[dict[str, object]]:
        found = await self._store.read(alerts.everything)
        open_incidents = {one.group: one for one in await self._store.read(incidents.unresolved)}
        since_ms = self._clock.now_ms() - RECENT_MS
        recent = [alert for alert in found if alert.resolved_at_ms is None or alert.resolved_at_ms >= since_ms]
        newest = sorted(recent, key=lambda alert: alert.active_at_ms, reverse=True)[:MAX_ALERTS]
        return [_alert(alert, self._incident(alert, open_incidents)) for alert in newest]

    def _incident(self, alert: Alert, open_incidents: Mapping[GroupId, Incident]) -> Incident | None:
        groups = (group.id for group in self._router.groups(alert.labels))
        return next((open_incidents[group] for group in groups if group in open_incidents), None)


def _alert(alert: Alert, incident: Incident | None) -> dict[str, object]:
    return {
        "fingerprint": alert.fingerprint,
        "name": alert.name,
        "severity": alert.severity,
        "state": str(alert.state),
        "summary": alert.annotations.get("summary", alert.name),
        "value": _finite(alert.value),
        "limit": alert.limit,
        "unit": alert.annotations.get("unit", ""),
        "active_at_ms": alert.active_at_ms,
        "fired_at_ms": alert.fired_at_ms,
        "resolved_at_ms": alert.resolved_at_ms,
        "labels": dict(alert.labels),
        "incident_id": incident.id if incident else None,
        "acknowledged_by": incident.acknowledged_by if incident else None,
    }


def _money(facts: BotFacts) -> dict[str, object]:
    return {
        "market_ts_ms": facts.market_ts_ms,
        "currency": facts.currency,
        "equity": _finite(facts.equity),
        "pnl_day": _finite(facts.pnl_day),
        "pnl_total": _finite(facts.pnl_total),
        "drawdown_ratio": _finite(facts.drawdown_ratio),
        "drawdown_limit_ratio": _finite(facts.drawdown_limit_ratio),
        "positions": [
            {"symbol": one.symbol, "quantity": one.quantity, "notional": one.notional} for one in facts.positions
        ],
    }


def _process(supervisor: Supervisor | None, now_ms: int) -> dict[str, object]:
    if supervisor is None:
        absent = ("pid", "uptime_seconds", "since_ms", "memory_bytes")
        return {**dict.fromkeys(absent), "restarts": 0}
    started_ms = supervisor.started_ms if supervisor.pid is not None else None
    return {
        "pid": supervisor.pid,
        "uptime_seconds": _age_seconds(started_ms, now_ms),
        "since_ms": supervisor.started_ms,
        "restarts": supervisor.restarts,
        "memory_bytes": supervisor.usage.resident_memory_bytes or None,
    }


def _scrape(target: TargetState | None) -> dict[str, object]:
    if target is None:
        return {"up": False, "reason": None}
    return {"up": target.health is TargetHealth.UP, "reason": target.reason}


def _by_bot(targets: Iterable[TargetState]) -> dict[str, TargetState]:
    named = ((state.target.target_labels.get("bot", ""), state) for state in targets)
    return {name: state for name, state in named if name}


def _tightest(guards: Sequence[GuardStateRow]) -> GuardStateRow | None:
    return max(guards, key=lambda row: GuardState[row.state], default=None)


def _age_seconds(since_ms: int | None, now_ms: int) -> float | None:
    return None if since_ms is None else max(0.0, (now_ms - since_ms) / 1000)


def _finite(value: float | None) -> float | None:
    # JSON has no NaN; on the page an unknown number is a dash.
    return value if value is not None and math.isfinite(value) else None
