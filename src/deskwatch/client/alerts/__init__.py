"""Alerts that the bot's own code raises.

Way:     ``AlertManager.critical(...)`` → [alerts]: the same again becomes a count → link → the server's alerting.
"""

from deskwatch.client.alerts.manager import AlertManager
from deskwatch.client.alerts.pace import Pace
from deskwatch.client.alerts.severity import Severity
from deskwatch.client.alerts.templates import AlertTemplates

__all__ = ["AlertManager", "AlertTemplates", "Pace", "Severity"]
