from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from deskwatch.errors import DeliveryReason
from deskwatch.server.alerting.counters import DispatchCounters, NotifyCounters
from deskwatch.server.alerting.notification import FlushReason


def test_every_reason_of_every_channel_stands_at_0_from_the_start():
    registry = CollectorRegistry()
    NotifyCounters(registry, ["phone", "console"])
    for channel in ("phone", "console"):
        assert registry.get_sample_value("deskwatch_notify_attempts_total", {"channel": channel}) == 0
        for reason in DeliveryReason:
            labels = {"channel": channel, "reason": reason.value}
            assert registry.get_sample_value("deskwatch_notify_failures_total", labels) == 0


def test_every_reason_of_a_flush_stands_at_0_from_the_start():
    registry = CollectorRegistry()
    DispatchCounters(registry, ["acknowledged"])
    for reason in FlushReason:
        assert registry.get_sample_value("deskwatch_dispatch_attempts_total", {"reason": reason.value}) == 0
    assert b'deskwatch_dispatch_muted_total{stage="acknowledged"} 0.0' in generate_latest(registry)
