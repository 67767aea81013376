"""From alert to a person who was told: route, group, write down, deliver.

Way:     rules -> [book -> dispatch -> mute -> outbox -> notify] -> a person.
Order:   commit, then send, then mark; what a crash interrupts is taken up at the next start.
"""

from deskwatch.server.alerting.book import AlertBook
from deskwatch.server.alerting.context import Context, ContextSource, Position
from deskwatch.server.alerting.dispatch import GROUP_BY_ALL, Dispatcher, Route, Router
from deskwatch.server.alerting.incident import acknowledge
from deskwatch.server.alerting.notification import FlushReason, Notice, Notification
from deskwatch.server.alerting.notify import Attempt, Message, Notifier, Receipt, RetryPolicy, render
from deskwatch.server.alerting.raised import RaisedAlerts, was_raised
from deskwatch.server.alerting.service import Alerting

__all__ = [
    "GROUP_BY_ALL",
    "AlertBook",
    "Alerting",
    "Attempt",
    "Context",
    "ContextSource",
    "Dispatcher",
    "FlushReason",
    "Message",
    "Notice",
    "Notification",
    "Notifier",
    "Position",
    "RaisedAlerts",
    "Receipt",
    "RetryPolicy",
    "Route",
    "Router",
    "acknowledge",
    "render",
    "was_raised",
]
