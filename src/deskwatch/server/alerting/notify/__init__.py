"""Deliver messages: from the outbox through a channel to a person.

Way:     outbox -> [notify] -> console, webhook, Telegram.
"""

from deskwatch.server.alerting.notify.message import Message, Section, render
from deskwatch.server.alerting.notify.notifier import Attempt, Notifier, Receipt
from deskwatch.server.alerting.notify.retry import RetryPolicy
from deskwatch.server.alerting.notify.worker import OutboxWorker

__all__ = ["Attempt", "Message", "Notifier", "OutboxWorker", "Receipt", "RetryPolicy", "Section", "render"]
