"""Route alerts, group them, and decide when each group is told.

Way:     AlertBook -> [dispatch] -> outbox.
"""

from deskwatch.config import Route
from deskwatch.server.alerting.dispatch.dispatcher import Dispatcher
from deskwatch.server.alerting.dispatch.group import Flush, Group
from deskwatch.server.alerting.dispatch.pipeline import MuteStage
from deskwatch.server.alerting.dispatch.reason import flush_reason
from deskwatch.server.alerting.dispatch.route import GROUP_BY_ALL, GroupOf, Router

__all__ = ["GROUP_BY_ALL", "Dispatcher", "Flush", "Group", "GroupOf", "MuteStage", "Route", "Router", "flush_reason"]
