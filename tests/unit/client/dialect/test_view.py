from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client_fakes import CollectingLink
from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.metric import Metric
from deskwatch.client import Registry, TradingMetrics
from deskwatch.client.dialect import DialectView, declarations
from deskwatch.client.dialect.children import IGNORED
from deskwatch.client.dialect.family import MappedFamily, Target
from deskwatch.client.metrics import DropReason
from hostile import Hostile

ORDERS = Metric("orders_total", "counter", "Orders.", ("strategy", "side", "status"))
LEVEL = Metric("level_ratio", "gauge", "A level.", ("strategy",))
WAIT = Metric("wait_seconds", "histogram", "A wait.", ("strategy",), buckets=(0.1, 1.0))


class View:
    """A dialect of a few rows, in a registry of its own."""

    def __init__(self, *rows: Row) -> None:
        self.registry = Registry()
        self.rows = rows

    def family(self, metric: Metric) -> MappedFamily:
        targets = [Target(row, self.registry.family(row.target)) for row in self.rows]
        return MappedFamily(metric.labels, targets, self.registry.drops)

    def read(self) -> dict[str, float]:
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        return {name: float(number) for name, _, number in pairs if "drops" not in name}


def gauge(name: str, *labels: str) -> Metric:
    return Metric(name, "gauge", "Shown.", labels)


def counter(name: str, *labels: str) -> Metric:
    return Metric(name, "counter", "Shown.", labels)


def test_a_plain_rename_hands_out_the_very_series() -> None:
    view = View(Row(gauge("renamed"), LEVEL))
    assert view.family(LEVEL).labels("s") is view.registry.gauge("renamed", "Shown.")


def test_series_are_picked_by_their_labels_and_labels_are_renamed() -> None:
    view = View(
        Row(counter("bought_total", "state"), ORDERS, where={"side": "BUY"}, labels={"state": "status"}),
        Row(counter("gone_total"), ORDERS, where={"status": ("cancelled", "rejected")}),
    )
    orders = view.family(ORDERS)
    for side, status in (("BUY", "filled"), ("BUY", "rejected"), ("SELL", "cancelled"), ("SELL", "filled")):
        orders.labels("s", side, status).inc()
    assert view.read() == {
        'bought_total{state="filled"}': 1,
        'bought_total{state="rejected"}': 1,
        "gone_total": 2,
    }


def test_what_no_row_takes_is_ignored_at_once() -> None:
    view = View(Row(counter("bought_total"), ORDERS, where={"side": "BUY"}))
    assert view.family(ORDERS).labels("s", "SELL", "filled") is IGNORED
    assert view.registry.drops.total == 0


def test_a_gauge_takes_decimals_and_floats_in_the_other_unit() -> None:
    view = View(Row(gauge("level_percent"), LEVEL, factor=100.0))
    series = view.family(LEVEL).labels("s")
    for value, shown in ((0.25, 25.0), (Decimal("0.5"), 50.0), (1, 100.0)):
        series.set(value)
        assert view.read() == {"level_percent": shown}


def test_a_histogram_sorts_into_buckets_of_the_other_unit() -> None:
    view = View(Row(Metric("wait_ms", "histogram", "Shown.", buckets=(25, 50)), WAIT, factor=1000.0))
    series = view.family(WAIT).labels("s")
    series.observe(0.0453)
    series.observe(Decimal("0.02"))
    assert view.read() == {
        'wait_ms_bucket{le="25.0"}': 1,
        'wait_ms_bucket{le="50.0"}': 2,
        'wait_ms_bucket{le="+Inf"}': 2,
        "wait_ms_sum": pytest.approx(65.3),
        "wait_ms_count": 2,
    }


@pytest.mark.parametrize("value", [None, "much", Hostile(), object()], ids=["none", "text", "hostile", "object"])
def test_what_is_no_number_is_counted_and_the_last_good_value_stands(value: Any) -> None:
    view = View(Row(gauge("level_percent"), LEVEL, factor=100.0))
    series = view.family(LEVEL).labels("s")
    series.set(0.25)
    assert view.read() == {"level_percent": 25.0}
    series.set(value)
    assert view.read() == {"level_percent": 25.0}
    assert view.registry.drops.read()[DropReason.NOT_A_NUMBER] == 1


def test_constants_are_labels_that_the_source_does_not_have() -> None:
    view = View(Row(gauge("profit_percent", "period"), LEVEL, constants={"period": "day"}, factor=100.0))
    view.family(LEVEL).labels("s").set(0.1)
    assert view.read() == {'profit_percent{period="day"}': 10.0}


@pytest.mark.parametrize(
    ("values", "named"),
    [(("s",), {}), (("s", "BUY", Hostile()), {}), ((), {"strategy": "s", "side": "BUY"}), (("s",), {"side": "BUY"})],
    ids=["few", "hostile", "few named", "both ways"],
)
def test_wrong_labels_are_counted_and_ignored(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    view = View(Row(counter("seen_total"), ORDERS))
    view.family(ORDERS).labels(*values, **named).inc()
    assert view.read() == {"seen_total": 0}
    assert view.registry.drops.read()[DropReason.LABELS] == 1


def test_labels_may_be_named_and_need_not_be_text() -> None:
    view = View(Row(counter("seen_total", "side"), ORDERS))
    family = view.family(ORDERS)
    family.labels(status="filled", side=1, strategy="s").inc()
    assert family.labels("s", 1, "filled") is family.labels("s", "1", "filled")
    assert view.read() == {'seen_total{side="1"}': 1}


def test_beyond_the_limit_no_more_label_sets_are_remembered() -> None:
    view = View(Row(counter("seen_total"), ORDERS))
    family = view.family(ORDERS)
    for number in range(3_000):
        family.labels("s", "BUY", str(number)).inc()
    assert len(family._children) == 2_000
    assert view.read() == {"seen_total": 3_000}


def test_an_unknown_dialect_is_refused_and_the_five_are_named() -> None:
    with pytest.raises(
        ValueError, match="algo_trade, crypto_quant, marketflow, stock_tracker, trading_bot, was 'algo'"
    ):
        declarations(Registry(), "algo")


def test_without_a_dialect_the_registry_itself_declares() -> None:
    registry = Registry()
    assert declarations(registry, None) is registry


def test_two_dialects_that_name_the_same_cannot_share_a_registry() -> None:
    registry = Registry()
    TradingMetrics("a", registry=registry, link=CollectingLink())
    with pytest.raises(ValueError, match="trading_orders_total is already declared"):
        TradingMetrics("b", "KRW", registry=registry, dialect="crypto_quant", link=CollectingLink())


def test_deskwatchs_own_metrics_keep_their_names() -> None:
    registry = Registry()
    view = DialectView(registry, "marketflow")
    own = Metric("guard_state", "gauge", "State.", ("strategy",))
    assert view.family(own) is registry.family(own)


def test_of_two_strategies_counts_add_up_and_the_newest_gauge_stands() -> None:
    registry = Registry()
    first, second = (
        TradingMetrics(name, registry=registry, dialect="algo_trade", link=CollectingLink()) for name in "ab"
    )
    first.record_order("SPY", "BUY", "filled")
    second.record_order("SPY", "BUY", "filled")
    first.record_order_latency(0.1)
    assert b"algo_trade_orders_filled_total 2.0\n" in registry.expose()
