"""No recording call raises, whatever it is given (reliability, section 4: "Raise")."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from client_fakes import CollectingLink
from deskwatch.client import Guard, MaxDayLoss, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client.guard import Readings


class Hostile:
    """Answers nothing."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __repr__ = __float__ = __int__ = __index__ = __hash__ = __eq__ = __lt__ = __bool__ = _refuse  # type: ignore[assignment]
    __add__ = __radd__ = __iadd__ = __len__ = __iter__ = __format__ = __getattr__ = _refuse


class HostileText(str):
    """A text that lies about itself."""

    __slots__ = ()

    def __getitem__(self, _: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __hash__ = __eq__ = encode = upper = lower = __getitem__  # type: ignore[assignment]


class HostileNumber(float):
    """A number that lies about itself."""

    def __float__(self) -> float:
        raise RuntimeError("hostile")

    __repr__ = __radd__ = __add__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__ = __hash__ = __float__  # type: ignore[assignment]


cycle: list[object] = []
cycle.append(cycle)

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=20),
    st.binary(max_size=5),
    st.sampled_from(
        ["BUY", "SELL", "BTC", "1.5", "\ud800", "x" * 10_000_000, "\x00", math.nan, Decimal("sNaN"), 10**5000]
    ),
    st.builds(Hostile),
    st.builds(HostileText, st.just("BUY")),
    st.builds(HostileNumber, st.floats()),
    st.just(cycle),
)


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
