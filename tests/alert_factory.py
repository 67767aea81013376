"""Alerts for tests, short to write."""

from __future__ import annotations

from dataclasses import replace

from deskwatch.model import Alert, AlertState, Labels

START_MS = 1_640_995_200_000  # 2022-01-01 00:00:00 UTC, ManualClock's start


def firing(name: str = "Drawdown", *, at_ms: int = START_MS, value: float = 0.104, **labels: str) -> Alert:
    own = {"alertname": name, "severity": "critical", "bot": "demo", **labels}
    return Alert(
        rule=f"risk/{name}",
        labels=Labels(own),
        annotations={"summary": f"{name} is bad", "unit": "ratio"},
        state=AlertState.FIRING,
        value=value,
        active_at_ms=at_ms,
        fired_at_ms=at_ms,
        limit=0.1,
    )


def pending(name: str = "Drawdown", *, at_ms: int = START_MS, **labels: str) -> Alert:
    return replace(firing(name, at_ms=at_ms, **labels), state=AlertState.PENDING, fired_at_ms=None)


def resolved(alert: Alert, at_ms: int) -> Alert:
    return replace(alert, state=AlertState.RESOLVED, resolved_at_ms=at_ms)
