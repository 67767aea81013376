"""The stages count themselves; every reason stands at 0 from the start."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter

from deskwatch.errors import DeliveryReason, StorageReason
from deskwatch.server.alerting.context import ContextFailure
from deskwatch.server.alerting.notification import FlushReason


class DispatchCounters:
    """Counts flushes.

    Args:
        registry: Where the metrics are registered.
        mutes: The names of the mute stages.
    """

    def __init__(self, registry: CollectorRegistry, mutes: Iterable[str] = ()) -> None:
        self._flushes = Counter("deskwatch_dispatch_attempts", "Groups looked at.", ["reason"], registry=registry)
        self._failures = Counter(
            "deskwatch_dispatch_failures", "Flushes that could not be committed.", ["reason"], registry=registry
        )
        self._muted = Counter("deskwatch_dispatch_muted", "Flushes held back.", ["stage"], registry=registry)
        self._bare = Counter(
            "deskwatch_dispatch_context_failures", "Messages without context.", ["reason"], registry=registry
        )
        _start_at_zero(self._flushes, FlushReason)
        _start_at_zero(self._failures, StorageReason)
        _start_at_zero(self._muted, mutes)
        _start_at_zero(self._bare, ContextFailure)

    def flushed(self, reason: FlushReason) -> None:
        """A group was looked at."""
        self._flushes.labels(reason.value).inc()

    def failed(self, reason: StorageReason) -> None:
        """A flush could not be committed."""
        self._failures.labels(reason.value).inc()

    def muted(self, stage: str) -> None:
        """A stage held a flush back."""
        self._muted.labels(stage).inc()

    def without_context(self, reason: ContextFailure) -> None:
        """A message went out without context."""
        self._bare.labels(reason.value).inc()


class NotifyCounters:
    """Counts messages by channel.

    Args:
        registry: Where the metrics are registered.
        channels: The names of all channels.
    """

    def __init__(self, registry: CollectorRegistry, channels: Iterable[str]) -> None:
        self._attempts = Counter(
            "deskwatch_notify_attempts", "Messages put on the wire.", ["channel"], registry=registry
        )
        self._failures = Counter(
            "deskwatch_notify_failures", "Messages that were not taken.", ["channel", "reason"], registry=registry
        )
        for channel in channels:
            self._attempts.labels(channel)
            for reason in DeliveryReason:
                self._failures.labels(channel, reason.value)

    def attempted(self, channel: str) -> None:
        """A message was put on the wire."""
        self._attempts.labels(channel).inc()

    def failed(self, channel: str, reason: DeliveryReason) -> None:
        """A message was not taken."""
        self._failures.labels(channel, reason.value).inc()


def _start_at_zero(counter: Counter, values: Iterable[str]) -> None:
    for value in values:
        counter.labels(str(value))
