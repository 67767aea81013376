"""No recording call raises, whatever it is given (reliability, section 4: "Raise")."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from client_fakes import CollectingLink
from deskwatch.client import Guard, MaxDayLoss, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client.guard import Readings
from hostile import anything


@given(st.lists(anything, min_size=6, max_size=6), st.lists(anything, min_size=1, max_size=4))
def test_no_recording_call_raises(given_: list[Any], labels: list[Any]) -> None:
    registry, link = Registry(), CollectingLink()
    guard = Guard([MaxDrawdown(0.1), MaxDayLoss(amount=5)], link=link)
    metrics = TradingMetrics("s", starting_equity=100, registry=registry, guard=guard, link=link)
    a, b, c, d, e, f = given_
    metrics.record_fill(a, b, c, d, fee=e, order_id=f, market_time=a)
    metrics.record_fill("BTC", "BUY", c, d, fee=e, market_time=f)
    metrics.record_order(a, b, c, latency_seconds=d)
    metrics.record_mark(a, b, market_time=c)
    metrics.record_equity(a, market_time=b)
    metrics.bind(a).record_mark(b)
    guard.allow(a)
    guard.check(Readings(a, b, c, d))
    guard.halt(a)
    counter = registry.counter("hits_total", ".", ("a", "b"))
    counter.labels(*labels).inc(a)
    counter.labels("1", "2").inc(b)
    gauge = registry.gauge("level", ".")
    gauge.set(a)
    gauge.inc(b)
    gauge.dec(c)
    histogram = registry.histogram("wait_seconds", ".")
    for value in given_:
        histogram.observe(value)
    list(text_string_to_metric_families(registry.expose(with_prometheus_client=False).decode()))
