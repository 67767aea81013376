"""``/api/v1/rules``, ``/api/v1/alerts`` and ``/api/v1/targets`` in Prometheus's shapes.

Source:  https://prometheus.io/docs/prometheus/latest/querying/api/#rules
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from deskwatch.model import Alert
from deskwatch.server.api.answer import success
from deskwatch.server.rules import AlertingRule, RuleGroup, RuleManager
from deskwatch.server.rules.status import Rule, RuleStatus


def router(manager: RuleManager) -> APIRouter:
    """Return the routes that show rules and alerts."""
    routes = APIRouter(prefix="/api/v1", tags=["prometheus"])

    @routes.get("/rules")
    async def rules() -> Response:
        """Show every rule and how it is doing."""
        return success({"groups": [_group(group, manager) for group in manager.groups]})

    @routes.get("/alerts")
    async def alerts() -> Response:
        """Show the alerts that are pending or firing."""
        found = [alert for group in manager.groups for rule in group.rules for alert in manager.status(rule).alerts]
        return success({"alerts": [alert_json(alert) for alert in found]})

    return routes


def alert_json(alert: Alert) -> dict[str, object]:
    """Return an alert as Prometheus's API shows it."""
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": str(alert.state),
        "activeAt": rfc3339(alert.active_at_ms),
        "value": f"{alert.value:e}",
    }


def rfc3339(ts_ms: int) -> str:
    """Return the time as Go writes it; 0 is Go's zero time."""
    if ts_ms == 0:
        return "0001-01-01T00:00:00Z"
    return datetime.fromtimestamp(ts_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _group(group: RuleGroup, manager: RuleManager) -> dict[str, object]:
    statuses = [manager.status(rule) for rule in group.rules]
    return {
        "name": group.name,
        "file": group.file,
        "interval": group.interval_ms / 1000,
        "limit": group.limit,
        "rules": [_rule(rule, status) for rule, status in zip(group.rules, statuses, strict=True)],
        "evaluationTime": sum(status.evaluation_seconds for status in statuses),
        "lastEvaluation": rfc3339(max((status.last_evaluation_ms for status in statuses), default=0)),
    }


def _rule(rule: Rule, status: RuleStatus) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": rule.alert if isinstance(rule, AlertingRule) else rule.record,
        "query": rule.expr,
        "labels": dict(rule.labels),
        "health": status.health,
        "lastError": status.last_error,
        "evaluationTime": status.evaluation_seconds,
        "lastEvaluation": rfc3339(status.last_evaluation_ms),
        "type": "alerting" if isinstance(rule, AlertingRule) else "recording",
    }
    if isinstance(rule, AlertingRule):
        shown |= {
            "state": _worst(status.alerts),
            "duration": rule.hold_ms / 1000,
            "keepFiringFor": rule.keep_firing_ms / 1000,
            "annotations": dict(rule.annotations),
            "alerts": [alert_json(alert) for alert in status.alerts],
        }
    return shown


def _worst(alerts: Sequence[Alert]) -> str:
    states = {str(alert.state) for alert in alerts}
    return next((state for state in ("firing", "pending") if state in states), "inactive")
