"""Incidents: what a person acknowledges.

Way:     dispatch opens, follows and resolves them with each message; a person acknowledges.
"""

from deskwatch.server.alerting.incident.acknowledge import acknowledge

__all__ = ["acknowledge"]
