"""algo_trade's names, units, calls, alerts and panels, as its file says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import BotMetrics, BrokerMetrics, MarketMetrics, Registry, TradingMetrics
from system_files import Monitor, check_with_promtool, exposed, expressions, run_as_bot, system, value

FILE = system("algo_trade")
PREFIX = FILE["prefix"]


class Bot:
    """A bot that records everything that algo_trade has a name for."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.clock = ManualSeconds()
        settings = {"registry": self.registry, "dialect": "algo_trade", "clock": self.clock, "link": CollectingLink()}
        self.trading = TradingMetrics("mom", **settings)
        self.market = MarketMetrics("polygon", **settings)
        self.broker = BrokerMetrics("ibkr", **settings)
        self.process = BotMetrics(**settings)

    def record_latencies(self) -> None:
        for stage in ("intent_to_ack", "placement", "fill"):
            self.trading.record_order_latency(0.0453, stage)
        self.trading.record_order_latency(0.240, "intent_to_ack")
        self.trading.record_signal("SPY", "BUY", generation_seconds=0.0125)
        self.trading.record_optimization(0.080)
        self.trading.record_optimization(failed=True)

    def record_figures(self) -> None:
        self.trading.record_pnl_ratio("total", -0.06)
        self.trading.record_pnl_ratio("day", -0.003)
        self.trading.record_sharpe(1.4, "30d")
        self.trading.record_sharpe(1.1, "90d")
        self.trading.record_drawdown(0.02, 0.08)
        self.trading.record_results(win_ratio=0.55, profit_factor=1.6, open_positions=7)
        self.trading.record_exposure(1.5, 0.6)
        self.trading.record_risk(
            volatility_ratio=0.16, beta=0.4, var_95_ratio=0.03, cvar_95_ratio=0.045, largest_position_ratio=0.2
        )
        for switch, active in (("PnL", True), ("psr", False), ("drawdown", True)):
            self.trading.record_kill_switch(switch, active)

    def record_orders(self) -> None:
        for times, status in enumerate(("sent", "filled", "cancelled", "rejected"), start=1):
            for _ in range(times):
                self.trading.record_order("SPY", "BUY", status)

    def record_surroundings(self) -> None:
        self.market.record_regime("storm")
        self.market.feed.record_throughput(1250)
        self.market.feed.record_staleness(75)
        self.market.feed.record_quality(completeness_ratio=0.97)
        self.market.feed.record_missing_ticks(12)
        self.market.feed.record_gap()
        self.market.feed.record_data_error("negative_price")
        self.broker.record_connection_error()
        self.broker.record_reconnection(2)
        self.broker.record_pacing_violation(3)
        self.broker.record_api_rate(44)
        self.process.record_error("timeout")
        self.process.record_connected_clients(3)
        self.process.record_system_health(cpu_ratio=0.37, memory_bytes=812e6)

    def record(self) -> None:
        self.record_latencies()
        self.record_figures()
        self.record_orders()
        self.record_surroundings()


SHOWN = {
    "pnl_cumulative": -0.06,
    "pnl_daily": -0.003,
    "sharpe_ratio_rolling_30d": 1.4,
    "sharpe_ratio_rolling_90d": 1.1,
    "max_drawdown_current": 0.02,
    "max_drawdown_historical": 0.08,
    "win_rate": 0.55,
    "profit_factor": 1.6,
    "gross_exposure": 1.5,
    "net_exposure": 0.6,
    "portfolio_volatility": 0.16,
    "portfolio_beta": 0.4,
    "largest_position_pct": 0.2,
    "var_95": 0.03,
    "cvar_95": 0.045,
    "kill_switch_pnl_active": 1,
    "kill_switch_psr_active": 0,
    "kill_switch_drawdown_active": 1,
    "market_regime": 2,
    "orders_submitted_total": 1,
    "orders_filled_total": 2,
    "orders_cancelled_total": 3,
    "orders_rejected_total": 4,
    'errors_total{error_type="timeout"}': 1,
    "ibkr_connection_errors_total": 1,
    'data_quality_errors_total{error_type="negative_price"}': 1,
    "optimization_failures_total": 1,
    "cpu_usage_percent": 37,
    "memory_usage_mb": 812,
    "throughput_msg_per_sec": 1250,
    "active_positions": 7,
    "connected_clients": 3,
    "data_completeness": 0.97,
    "data_staleness_seconds": 75,
    "missing_ticks_total": 12,
    "data_gaps_total": 1,
    "ibkr_pacing_violations_total": 3,
    "ibkr_reconnections_total": 2,
    "ibkr_api_rate": 44,
    "intent_to_ack_latency_ms_count": 2,
    "intent_to_ack_latency_ms_sum": 285.3,
    'intent_to_ack_latency_ms_bucket{le="25.0"}': 0,
    'intent_to_ack_latency_ms_bucket{le="50.0"}': 1,
    'intent_to_ack_latency_ms_bucket{le="200.0"}': 1,
    'intent_to_ack_latency_ms_bucket{le="250.0"}': 2,
    "order_placement_latency_ms_sum": 45.3,
    "order_fill_latency_ms_sum": 45.3,
    "signal_generation_latency_ms_sum": 12.5,
    "portfolio_optimization_latency_ms_sum": 80,
}
"""Worked by hand from what ``Bot`` records: seconds are milliseconds here, ratios of CPU percent, bytes megabytes."""


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.mark.parametrize("metric", FILE["metrics"], ids=lambda metric: metric["name"])
def test_a_metric_is_exposed_with_its_type_and_exactly_its_labels(metric: dict, bot: Bot) -> None:
    labels = frozenset(metric.get("labels", ()))
    before = exposed(bot.registry)
    if not labels:
        assert before[PREFIX + metric["name"]].kind == metric["type"]
    bot.record()
    family = exposed(bot.registry)[PREFIX + metric["name"]]
    assert (family.kind, family.labels) == (metric["type"], {labels})


def test_every_value_is_in_the_unit_that_the_file_says(bot: Bot) -> None:
    bot.record()
    assert {name: value(bot.registry, PREFIX + name) for name in SHOWN} == pytest.approx(SHOWN, rel=1e-12)


def test_no_metric_of_the_file_is_without_a_value_worked_by_hand() -> None:
    shown = {re.sub(r"(_count|_sum|_bucket)?(\{.*)?$", "", name) for name in SHOWN}
    assert shown == {metric["name"] for metric in FILE["metrics"]}


def test_nothing_but_the_dialect_and_deskwatchs_own_is_exposed(bot: Bot) -> None:
    bot.record()
    ours = {family.name for family in bot.registry.families() if not family.name.startswith(PREFIX)}
    assert all(name.startswith(("guard_", "bot_heartbeat_", "deskwatch_")) for name in ours)


@pytest.mark.parametrize("expression", sorted(set(expressions(FILE))))
def test_an_expression_of_the_file_finds_something(expression: str, bot: Bot) -> None:
    """The values recorded are beyond every threshold, so that each alert's own expression fires as written."""
    bot.process.record_error("timeout")  # a series that is new has no rate yet
    monitor = Monitor(bot.registry)
    monitor.scrape()
    bot.record()
    monitor.scrape()
    assert monitor.ask(expression)


def test_the_alert_on_latency_sees_milliseconds(bot: Bot) -> None:
    monitor = Monitor(bot.registry)
    monitor.scrape()
    bot.record_latencies()
    monitor.scrape()
    # Two latencies, 45.3 and 240 ms: the 95th percentile lies at 90 % of the way through the bucket (200, 250].
    alert = next(alert for alert in FILE["alerts"] if alert["name"] == "HighOrderLatency")
    assert monitor.ask(alert["expr"]) == pytest.approx([245.0])


@pytest.mark.real
def test_promtool_reads_the_exposition(bot: Bot, real_program: Callable[[str], str]) -> None:
    bot.record()
    check_with_promtool(real_program("promtool"), bot.registry)


def test_every_call_of_the_file_works_with_only_the_import_changed(tmp_path: Path) -> None:
    (tmp_path / "monitoring_config.yaml").write_text("alert_manager: {window_seconds: 60, per_minute: 10}\n")
    calls = [line.replace("=...", "='as the bot says'") for line in FILE["api"]]
    assert len(calls) == 17
    text = run_as_bot(
        [
            "from deskwatch.dialects.algo_trade import AlertManager, AlertTemplates, get_metrics_exporter",
            "cum_pnl, limit = -0.06, -0.05",
            *calls,
        ],
        tmp_path,
    )
    said = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    assert float(said["algo_trade_pnl_cumulative"]) == 0.025
    assert float(said["algo_trade_pnl_daily"]) == 0.003
    assert float(said['algo_trade_intent_to_ack_latency_ms_bucket{le="50.0"}']) == 1
    assert float(said['algo_trade_intent_to_ack_latency_ms_bucket{le="25.0"}']) == 0
    assert float(said["algo_trade_gross_exposure"]) == 1.5
    assert float(said["algo_trade_net_exposure"]) == 0.6
    assert float(said["algo_trade_kill_switch_pnl_active"]) == 0
    assert float(said["algo_trade_signal_generation_latency_ms_sum"]) == 12.5
    assert float(said["algo_trade_portfolio_optimization_latency_ms_sum"]) == 80
    assert float(said["algo_trade_sharpe_ratio_rolling_30d"]) == 1.4
    assert float(said["algo_trade_sharpe_ratio_rolling_90d"]) == 1.1
    assert float(said["algo_trade_max_drawdown_current"]) == 0.02
    assert float(said["algo_trade_max_drawdown_historical"]) == 0.08
    assert float(said["algo_trade_portfolio_volatility"]) == 0.16
    assert float(said["algo_trade_largest_position_pct"]) == 0.2
    assert float(said["algo_trade_cvar_95"]) == 0.045
    assert float(said["algo_trade_cpu_usage_percent"]) == 37
    assert float(said["algo_trade_memory_usage_mb"]) == 812
