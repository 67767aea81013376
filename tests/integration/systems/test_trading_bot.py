"""trading_bot's names, as its file says: three lists under ``trading_bot_``, and five that Prometheus is to scrape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import BotMetrics, BrokerMetrics, Ledger, MarketMetrics, MLMetrics, Registry, TradingMetrics
from system_files import Monitor, check_with_promtool, exposed, system, value

FILE = system("trading_bot")
PREFIX = FILE["prefix"]


def listed() -> dict[str, str]:
    """Return the type of every metric of the file; those of the three lists are gauges."""
    metrics = FILE["metrics"]
    plain = [name for part in ("trading", "model", "market") for name in metrics[part]]
    kinds = dict.fromkeys((name if isinstance(name, str) else next(iter(name)) for name in plain), "gauge")
    told = {name: kind.split()[0] if isinstance(kind, str) else kind for name, kind in metrics["prometheus"].items()}
    return {name.split()[0]: kind for name, kind in {**kinds, **told}.items()}


class Bot:
    """A bot that records everything that trading_bot has a name for."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.clock = ManualSeconds()
        settings: dict[str, Any] = {
            "registry": self.registry,
            "dialect": "trading_bot",
            "clock": self.clock,
            "link": CollectingLink(),
        }
        self.trading = TradingMetrics("s", ledger=Ledger(1000, exposure_limit=400), **settings)
        self.models = MLMetrics(**settings)
        self.market = MarketMetrics(**settings)
        self.broker = BrokerMetrics(**settings)
        self.process = BotMetrics(**settings)

    def record_trading(self) -> None:
        for entry, leave in ((100, 110), (100, 95), (100, 120)):
            self.trading.record_fill("BTC", "BUY", 1, entry)
            self.trading.record_fill("BTC", "SELL", 1, leave)
        self.trading.record_fill("ETH", "BUY", 2, 102.5)
        self.trading.record_pending_orders(3)
        self.trading.record_sharpe(1.3)
        self.trading.record_risk(var_95_ratio=0.03, cvar_95_ratio=0.045)
        self.broker.record_api_rate(2)

    def record_process(self) -> None:
        self.process.record_system_health(cpu_ratio=0.25, memory_ratio=0.5, disk_ratio=0.75)
        self.process.record_network_latency(1.25)
        self.process.record_error_ratio(0.06)
        self.process.observe_response(0.3)

    def record_model(self) -> None:
        model = self.models.bind("lstm")
        for _ in range(30):
            model.record_prediction(0.01, confidence=0.8, uncertainty=0.1)
        model.record_accuracy(0.7)
        model.record_scores(precision=0.71, recall=0.72, f1=0.73, auc=0.74)
        model.record_drift(0.4, detected=True)
        model.record_training(at=1_641_000_000, per_day=0.5)
        self.market.feed.record_quality(score_ratio=0.9, missing_ratio=0.01, outlier_ratio=0.02)
        self.market.feed.record_staleness(0)

    def record_market(self) -> None:
        self.market.record_volatility(0.6)
        self.market.record_trend(-0.2)
        self.market.record_regime("normal")
        self.market.record_liquidity(0.85)
        self.market.record_price_change(0.01, "1h")
        self.market.record_price_change(-0.05, "24h")
        self.market.record_volume(1e9, "24h", change_ratio=0.3)
        for indicator, number in (("rsi", 45), ("macd", -3), ("bollinger_position", 0.4)):
            self.market.record_indicator(indicator, number)
        self.market.record_indicator("support_resistance_strength", 0.66)

    def record(self) -> None:
        self.record_trading()
        self.record_process()
        self.record_model()
        self.record_market()
        self.clock.now += 60


SHOWN = {
    "total_trades": 3,
    "winning_trades": 2,
    "losing_trades": 1,
    "trades_total": 3,
    "win_rate": 2 / 3,
    "profit_loss": 25,
    "max_drawdown": 5 / 1010,
    "sharpe_ratio": 1.3,
    "trades_per_hour": 3,
    "last_trade_time": 1_641_038_400,
    "active_positions": 1,
    "pending_orders": 3,
    "current_exposure": 205 / 1025,
    "risk_utilization": 205 / 400,
    "var_95": 0.03,
    "expected_shortfall": 0.045,
    "cpu_usage": 25,
    "memory_usage": 50,
    "disk_usage": 75,
    "network_latency": 1250,
    "api_calls_per_minute": 120,
    "error_rate": 0.06,
    "uptime": 60,
    "response_time_sum": 0.3,
    'response_time_bucket{le="0.25"}': 0,
    'response_time_bucket{le="0.5"}': 1,
    "model_accuracy": 0.7,
    "model_precision": 0.71,
    "model_recall": 0.72,
    "model_f1_score": 0.73,
    "model_auc": 0.74,
    "prediction_confidence": 0.8,
    "prediction_uncertainty": 0.1,
    "last_prediction_time": 1_641_038_400,
    "predictions_per_hour": 1800,
    "model_drift_detected": 1,
    "drift_score": 0.4,
    "last_retraining": 1_641_000_000,
    "retraining_frequency": 0.5,
    "data_quality_score": 0.9,
    "missing_data_rate": 0.01,
    "outlier_rate": 0.02,
    "data_freshness": 60,
    "market_volatility": 0.6,
    "market_trend": -0.2,
    "market_regime": 1,
    "liquidity_score": 0.85,
    "price_change_1h": 0.01,
    "price_change_24h": -0.05,
    "volume_24h": 1e9,
    "volume_change_24h": 0.3,
    "rsi": 45,
    "macd": -3,
    "bollinger_position": 0.4,
    "support_resistance_strength": 0.66,
}
"""Worked by hand: trades of +10, -5 and +20 on 1,000; then 205 of ETH are open. A minute has passed since."""


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.mark.parametrize(("name", "kind"), listed().items())
def test_a_metric_is_exposed_from_the_start_and_without_labels(name: str, kind: str, bot: Bot) -> None:
    for _ in range(2):
        family = exposed(bot.registry)[PREFIX + name]
        assert (family.kind, family.labels) == (kind, {frozenset()})
        bot.record()


def test_every_value_is_in_the_unit_that_the_file_says(bot: Bot) -> None:
    bot.record()
    assert {name: value(bot.registry, PREFIX + name) for name in SHOWN} == pytest.approx(SHOWN)
    assert {name.partition("_bucket")[0].removesuffix("_sum") for name in SHOWN} == set(listed())


@pytest.mark.parametrize(
    ("alert", "expression"),
    [
        ("high_drawdown", "trading_bot_max_drawdown > 0.004"),
        ("api_error_rate", "trading_bot_error_rate > 0.05"),
        ("low_win_rate", "trading_bot_win_rate < 0.7"),
        ("model_drift", "trading_bot_model_drift_detected == 1"),
        ("high_latency", "trading_bot_network_latency > 1000"),
    ],
)
def test_the_alerts_that_the_file_tells_in_words_can_be_asked(alert: str, expression: str, bot: Bot) -> None:
    assert alert in {row["name"] for rows in FILE["alerts"].values() for row in rows}
    bot.record()
    monitor = Monitor(bot.registry)
    monitor.scrape()
    assert monitor.ask(expression)


@pytest.mark.real
def test_promtool_reads_the_exposition(bot: Bot, real_program: Callable[[str], str]) -> None:
    bot.record()
    check_with_promtool(real_program("promtool"), bot.registry)
