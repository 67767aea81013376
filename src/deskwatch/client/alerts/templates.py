"""Alerts that every trading system has, in words for a person at night; give them to ``send_alert(**...)``."""

from __future__ import annotations

from typing import TypedDict

from deskwatch.client import untrusted
from deskwatch.client.alerts.severity import Severity


class AlertText(TypedDict):
    """What ``AlertManager.send_alert`` takes."""

    severity: Severity
    title: str
    message: str
    component: str


class AlertTemplates:
    """Makes the text of an alert from its figures; what is no number is said as unknown, nothing raises."""

    @staticmethod
    def kill_switch_activated(switch: str, value: float, limit: float) -> AlertText:
        """Return the alert of a kill switch that was reached.

        Args:
            switch: Its name: ``PnL``, ``PSR`` or ``Drawdown``.
            value: What was measured, as a ratio.
            limit: What was allowed, as a ratio.
        """
        return AlertText(
            severity=Severity.CRITICAL,
            title=f"Kill switch {_text(switch)} activated",
            message=f"{_text(switch)} is {_percent(value)}, the limit is {_percent(limit)}. Trading stops.",
            component="risk_management",
        )

    @staticmethod
    def high_order_latency(p95_ms: float, limit_ms: float) -> AlertText:
        """Return the alert of orders that are answered slowly; both figures in milliseconds."""
        return AlertText(
            severity=Severity.HIGH,
            title="Orders are answered slowly",
            message=f"95 % of the orders took up to {_figure(p95_ms)} ms, the limit is {_figure(limit_ms)} ms.",
            component="execution",
        )

    @staticmethod
    def data_stale(age_seconds: float, limit_seconds: float) -> AlertText:
        """Return the alert of market data that does not move; both figures in seconds."""
        return AlertText(
            severity=Severity.HIGH,
            title="Market data is stale",
            message=f"The newest data is {_figure(age_seconds)} s old, the limit is {_figure(limit_seconds)} s.",
            component="market_data",
        )

    @staticmethod
    def broker_connection_lost(reason: str = "") -> AlertText:
        """Return the alert of a broker that does not answer."""
        said = _text(reason) if reason else "the connection is gone"
        return AlertText(
            severity=Severity.CRITICAL,
            title="Broker connection lost",
            message=f"{said}. Orders and positions cannot be seen; look at the broker's own page.",
            component="broker",
        )


def _text(value: object) -> str:
    return untrusted.text(value, untrusted.MAX_NAME_CHARS) or "unknown"


def _percent(value: object) -> str:
    number = untrusted.finite(value)
    return "unknown" if number is None else f"{number:.2%}"


def _figure(value: object) -> str:
    number = untrusted.finite(value)
    return "unknown" if number is None else f"{number:,.1f}"
