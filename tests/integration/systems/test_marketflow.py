"""marketflow's names, labels and alerts, as its file says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import MarketMetrics, Registry, TradingMetrics
from system_files import Monitor, check_with_promtool, exposed, expressions, system, value

FILE = system("marketflow")
OF_PROMETHEUS_CLIENT = "python_gc_objects_collected_total"


class Bot:
    """A bot that records everything that marketflow has a name for."""

    def __init__(self) -> None:
        self.registry = Registry()
        settings = {
            "registry": self.registry,
            "dialect": "marketflow",
            "clock": ManualSeconds(),
            "link": CollectingLink(),
        }
        self.trading = TradingMetrics("flow", starting_equity=10_000, **settings)
        self.market = MarketMetrics(**settings)

    def record(self) -> None:
        self.market.feed.record_messages(250)
        self.trading.record_signal("BTC", "buy")
        self.trading.record_signal("BTC", "HOLD")
        self.trading.record_active_signals("BTC", 2)
        self.trading.record_order("BTC", "BUY", "filled")
        self.trading.record_order("BTC", "SELL", "filled")
        self.trading.record_order("BTC", "BUY", "rejected")
        self.trading.record_order("BTC", "SELL", "sent")
        self.trading.record_order_error("insufficient_funds")
        self.trading.record_fill("BTC", "BUY", 10, 500)
        self.trading.record_mark("BTC", 375)
        self.trading.record_risk(var_95_ratio=0.03)
        self.trading.record_pnl_ratio("week", 0.02)


SHOWN = {
    "ingestor_messages_total": 250,
    'signals_total{signal="BUY",symbol="BTC"}': 1,
    'signals_total{signal="HOLD",symbol="BTC"}': 1,
    'active_signals{symbol="BTC"}': 2,
    'buy_orders_total{symbol="BTC"}': 1,
    'sell_orders_total{symbol="BTC"}': 1,
    'order_errors_total{error_type="insufficient_funds"}': 1,
    "active_positions": 1,
    "portfolio_equity": 8_750,
    "portfolio_drawdown": 0.125,
    "portfolio_var_95": 0.03,
    'profit_percent{period="day"}': -12.5,
    'profit_percent{period="total"}': -12.5,
    'profit_percent{period="week"}': 2,
}
"""Worked by hand: 10 bought at 500 and marked at 375 lose 1,250 of 10,000."""


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.mark.parametrize("metric", FILE["metrics"], ids=lambda metric: metric["name"])
def test_a_metric_is_exposed_with_its_type_and_exactly_its_labels(metric: dict, bot: Bot) -> None:
    labels = frozenset(metric.get("labels", ()))
    if not labels:
        assert exposed(bot.registry)[metric["name"]].kind == metric["type"]
    bot.record()
    family = exposed(bot.registry)[metric["name"]]
    assert (family.kind, family.labels) == (metric["type"], {labels})


def test_every_value_is_in_the_unit_that_the_file_says(bot: Bot) -> None:
    bot.record()
    assert {name: value(bot.registry, name) for name in SHOWN} == SHOWN
    named = {re.sub(r"\{.*$", "", name) for name in SHOWN}
    assert named == {metric["name"] for metric in FILE["metrics"]} - {OF_PROMETHEUS_CLIENT}


@pytest.mark.parametrize("expression", sorted(set(expressions(FILE))))
def test_an_expression_of_the_file_finds_something(expression: str, bot: Bot) -> None:
    monitor = Monitor(bot.registry)
    bot.record()
    monitor.scrape()
    assert monitor.ask(expression)


@pytest.mark.real
def test_promtool_reads_the_exposition(bot: Bot, real_program: Callable[[str], str]) -> None:
    bot.record()
    check_with_promtool(real_program("promtool"), bot.registry)
