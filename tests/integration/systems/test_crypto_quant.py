"""crypto_quant's names, labels, calls and log lines, as its file says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import MLMetrics, PipelineMetrics, Registry, TradingMetrics
from pushgateway import pushgateway
from system_files import Monitor, check_with_promtool, exposed, run_as_bot, system, value

FILE = system("crypto_quant")


class Bot:
    """A trading bot, an ML server and a DAG that record everything that crypto_quant has a name for."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.clock = ManualSeconds()
        settings = {"registry": self.registry, "dialect": "crypto_quant", "clock": self.clock, "link": CollectingLink()}
        self.trading = TradingMetrics("swing", "KRW", starting_equity=50_000_000, **settings)
        self.models = MLMetrics(**settings)
        self.dags = PipelineMetrics(**settings)

    def record(self) -> None:
        self.trading.record_order("BTC", "BUY", "filled", 0.5, amount=12_000_000)
        self.trading.record_fill("BTC", "BUY", "0.2", 60_000_000)
        self.trading.record_fill("ETH", "BUY", 2, 3_000_000)
        self.trading.record_fill("ETH", "SELL", 2, 3_100_000)
        self.trading.record_mark("BTC", 57_000_000)
        model = self.models.bind("lstm")
        model.record_prediction(0.012)
        model.record_accuracy(0.58)
        model.record_drift(0.35)
        self.models.observe_features("prices", newest=1_641_000_000)
        self.dags.record_run("daily_load", "success", 42)
        self.dags.record_records("daily_load", 1500)
        self.dags.record_error("daily_load", "TimeoutError")


SHOWN = {
    'trading_orders_total{symbol="BTC",action="BUY",status="filled"}': 1,
    'trading_order_volume_krw_total{symbol="BTC",action="BUY"}': 12_000_000,
    "trading_open_positions_count": 1,
    'trading_position_value_krw{symbol="BTC"}': 11_400_000,
    'trading_unrealized_pnl_krw{symbol="BTC"}': -600_000,
    "trading_total_pnl_krw": 200_000,
    "trading_win_rate": 1,
    "trading_order_latency_seconds_sum": 0.5,
    'ml_predictions_total{model="lstm"}': 1,
    'ml_prediction_duration_seconds_sum{model="lstm"}': 0.012,
    'ml_model_accuracy{model="lstm"}': 0.58,
    'ml_data_drift_score{model="lstm"}': 0.35,
    'ml_feature_freshness_seconds{feature_set="prices"}': 1_641_000_000,
    'pipeline_dag_runs_total{dag="daily_load",status="success"}': 1,
    'pipeline_dag_duration_seconds_sum{dag="daily_load"}': 42,
    'pipeline_records_processed_total{dag="daily_load"}': 1500,
    'pipeline_errors_total{dag="daily_load",error_type="TimeoutError"}': 1,
}
"""Worked by hand: 0.2 BTC bought at 60 M and marked at 57 M; 2 ETH bought at 3 M and sold at 3.1 M."""


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
    named = {re.sub(r"(_sum)?(\{.*)?$", "", name) for name in SHOWN}
    assert named == {metric["name"] for metric in FILE["metrics"]}


def test_the_currency_in_the_names_is_the_accounts() -> None:
    registry = Registry()
    metrics = TradingMetrics("s", "USDT", registry=registry, dialect="crypto_quant", link=CollectingLink())
    metrics.record_order("BTC", "BUY", "filled", amount=10)
    assert "trading_total_pnl_usdt" in exposed(registry)
    assert value(registry, 'trading_order_volume_usdt_total{symbol="BTC",action="BUY"}') == 10


@pytest.mark.parametrize(
    ("alert", "expression"),
    [
        ("LargePositionOpened", "trading_position_value_krw > 10000000"),
        ("HighUnrealizedLoss", "trading_unrealized_pnl_krw < -500000"),
        ("NoTradingActivity", "sum(increase(trading_orders_total[2h])) == 0"),
        ("HighPredictionLatency", "histogram_quantile(0.95, rate(ml_prediction_duration_seconds_bucket[5m])) > 0.001"),
        ("ModelAccuracyDrop", "ml_model_accuracy < 0.6"),
        ("DataDriftDetected", "ml_data_drift_score > 0.3"),
        ("StaleFeatures", "time() - ml_feature_freshness_seconds > 3600"),
    ],
)
def test_the_alerts_that_the_file_tells_in_words_can_be_asked(alert: str, expression: str, bot: Bot) -> None:
    assert alert in {row["name"] for row in FILE["alerts"]}
    monitor = Monitor(bot.registry)
    bot.record()
    monitor.scrape()
    if alert != "NoTradingActivity":
        bot.record()
    monitor.scrape()
    assert monitor.ask(expression)


@pytest.mark.real
def test_promtool_reads_the_exposition(bot: Bot, real_program: Callable[[str], str]) -> None:
    bot.record()
    check_with_promtool(real_program("promtool"), bot.registry)


@pytest.mark.real
def test_a_dag_pushes_to_the_pushgateway_of_the_stack(
    bot: Bot, real_program: Callable[[str], str], tmp_path: Path
) -> None:
    bot.record()
    with pushgateway(real_program("pushgateway"), tmp_path) as gateway:
        assert bot.dags.push("daily_load", url=gateway.url)
        ((_, labels, count),) = gateway.samples("pipeline_dag_runs_total")
    assert (labels["job"], labels["dag"], labels["status"], count) == ("daily_load", "daily_load", "success", 1)


def calls_about(*words: str) -> list[str]:
    """Return the calls of the file that begin with one of these words."""
    return [line for line in FILE["api"] if line.startswith(words)]


def test_the_calls_for_metrics_work_with_only_the_import_changed(tmp_path: Path) -> None:
    calls = calls_about("metrics")
    assert len(calls) == 2
    text = run_as_bot(["from deskwatch.dialects.crypto_quant import TradingMetrics", *calls], tmp_path)
    assert 'trading_orders_total{symbol="BTC",action="BUY",status="filled"} 1.0\n' in text
    assert 'trading_order_volume_krw_total{symbol="BTC",action="BUY"} 1000000.0\n' in text
    assert "trading_order_latency_seconds_sum 0.5\n" in text


def test_the_calls_for_logs_work_and_write_the_keys_of_the_file(tmp_path: Path) -> None:
    calls = calls_about("logger", "with logger")
    assert len(calls) == 4
    bind = next(line for line in calls if line.startswith("logger.bind"))
    run_as_bot(["from deskwatch.dialects.crypto_quant import get_logger", *calls, calls[1], "logger.flush()"], tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "logs/service.log").read_text().splitlines()]
    assert [line["message"] for line in lines] == ["Order executed", "Order received", "Order executed"]
    assert set(lines[0]) == set(FILE["log_line"]) - {"..."} | {"symbol", "amount"}
    assert (lines[1]["request_id"], lines[1]["user"]) == ("abc123", "trader1")
    assert "production" in bind
    assert lines[2]["environment"] == "production"
    assert "request_id" not in lines[2]


def test_the_base_class_of_own_metrics_takes_prometheus_clients(tmp_path: Path) -> None:
    (call,) = calls_about("class CustomMetrics")
    head, begin, counter = re.fullmatch(r"(class .*?:) (super\(\).*?\)); (Counter\(.*\))", call).groups()
    counter = counter.replace("...", "'Help.'")
    text = run_as_bot(
        [
            "from prometheus_client import Counter",
            "from deskwatch.dialects.crypto_quant import MetricsExporter",
            head,
            "    def __init__(self):",
            f"        {begin}",
            f"        self.mine = {counter}",
            "CustomMetrics().mine.inc()",
        ],
        tmp_path,
    )
    assert "custom_my_counter_total 1.0" in text
