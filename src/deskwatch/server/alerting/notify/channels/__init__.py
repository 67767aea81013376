"""The channels: one file each with settings, payload and failure table.

Way:     OutboxWorker -> [channel] -> a person.
"""

from deskwatch.server.alerting.notify.channels.console import ConsoleNotifier
from deskwatch.server.alerting.notify.channels.telegram import TelegramNotifier
from deskwatch.server.alerting.notify.channels.webhook import WebhookNotifier

__all__ = ["ConsoleNotifier", "TelegramNotifier", "WebhookNotifier"]
