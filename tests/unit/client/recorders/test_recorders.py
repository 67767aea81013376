from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import BotMetrics, BrokerMetrics, MarketMetrics, MLMetrics, PipelineMetrics, Registry, TradingMetrics
from deskwatch.client.metrics import DropReason


class Bench:
    """A registry, a clock, and what recorders on them expose."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.clock = ManualSeconds()
        self.link = CollectingLink()

    def make(self, recorder: type, *arguments: Any) -> Any:
        return recorder(*arguments, registry=self.registry, clock=self.clock, link=self.link)

    def read(self, series: str) -> float | None:
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series), None)

    def dropped(self, reason: DropReason) -> int:
        return self.registry.drops.read()[reason]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_feed_that_died_grows_older_by_itself(bench: Bench) -> None:
    market = bench.make(MarketMetrics, "polygon")
    assert bench.read('data_staleness_seconds{feed="polygon"}') is None
    market.bind("SPY").record_tick(market_time=bench.clock.now - 2)
    bench.clock.now += 60
    assert bench.read('data_staleness_seconds{feed="polygon"}') == 62
    market.record_tick("SPY", market_time=bench.clock.now - 3600)
    assert bench.read('data_staleness_seconds{feed="polygon"}') == 62
    market.feed.record_staleness(5)
    bench.clock.now += 1
    assert bench.read('data_staleness_seconds{feed="polygon"}') == 6
    assert bench.read('market_ticks_total{symbol="SPY"}') == 2


def test_throughput_is_worked_out_until_the_bot_tells_it(bench: Bench) -> None:
    market = bench.make(MarketMetrics)
    series = 'ingestion_messages_per_second{feed="default"}'
    market.feed.record_messages(300)
    bench.clock.now += 30
    assert bench.read(series) == 10
    market.feed.record_throughput(12.5)
    market.feed.record_messages(3000)
    bench.clock.now += 30
    assert bench.read(series) == 12.5


@pytest.mark.parametrize(("regime", "code"), [("Storm", 2), ("calm", 0), (1, 1)])
def test_a_regime_has_a_name_or_a_code(bench: Bench, regime: str | int, code: int) -> None:
    bench.make(MarketMetrics).record_regime(regime)
    assert bench.read('market_regime{symbol="market"}') == code


def test_a_regime_that_is_none_is_dropped_and_not_shown_as_calm(bench: Bench) -> None:
    bench.make(MarketMetrics).record_regime("sideways")
    assert bench.read('market_regime{symbol="market"}') is None
    assert bench.dropped(DropReason.NOT_A_NUMBER) == 1


def test_an_accuracy_that_is_no_number_does_not_show_as_zero(bench: Bench) -> None:
    models = bench.make(MLMetrics)
    models.record_accuracy("lstm", "good")
    assert bench.read('ml_accuracy_ratio{model="lstm"}') is None
    models.record_accuracy("lstm", 0.7)
    models.record_accuracy("lstm", None)
    assert bench.read('ml_accuracy_ratio{model="lstm"}') == 0.7
    assert bench.dropped(DropReason.NOT_A_NUMBER) == 1


def test_the_newest_features_of_a_set_have_a_time(bench: Bench) -> None:
    models = bench.make(MLMetrics)
    models.observe_features("prices")
    models.observe_features("news", newest=1_641_000_000_000)  # milliseconds
    assert bench.read('ml_features_timestamp_seconds{feature_set="prices"}') == bench.clock.now
    assert bench.read('ml_features_timestamp_seconds{feature_set="news"}') is None
    assert bench.dropped(DropReason.MARKET_TIME) == 1


def test_predictions_of_each_model_are_counted_by_themselves(bench: Bench) -> None:
    models = bench.make(MLMetrics)
    lstm = models.bind("lstm")
    assert models.bind("lstm") is lstm
    lstm.record_prediction(0.02, confidence=0.9)
    models.record_prediction("tree")
    bench.clock.now += 3600
    assert bench.read('ml_predictions_total{model="lstm"}') == 1
    assert bench.read('ml_prediction_duration_seconds_count{model="tree"}') == 0
    assert bench.read('ml_predictions_per_hour{model="tree"}') == 1
    assert bench.read('ml_prediction_confidence_ratio{model="tree"}') is None


def test_a_run_that_fails_is_recorded_and_its_error_goes_on(bench: Bench) -> None:
    job = bench.make(PipelineMetrics).bind("load")
    with pytest.raises(TimeoutError), job.run():
        raise TimeoutError
    assert bench.read('pipeline_runs_total{pipeline="load",status="failed"}') == 1
    assert bench.read('pipeline_errors_total{pipeline="load",error_type="TimeoutError"}') == 1
    assert bench.read('pipeline_last_success_timestamp_seconds{pipeline="load"}') is None


def test_a_function_may_be_a_run(bench: Bench) -> None:
    job = bench.make(PipelineMetrics).bind("load")

    @job.run()
    def load(rows: int) -> int:
        job.record_records(rows)
        return rows

    assert [load(10), load(20)] == [10, 20]
    assert bench.read('pipeline_runs_total{pipeline="load",status="success"}') == 2
    assert bench.read('pipeline_records_total{pipeline="load"}') == 30
    assert bench.read('pipeline_run_duration_seconds_count{pipeline="load"}') == 2
    assert bench.read('pipeline_last_success_timestamp_seconds{pipeline="load"}') == bench.clock.now


def test_a_brokers_calls_are_counted_and_their_rate_worked_out(bench: Bench) -> None:
    broker = bench.make(BrokerMetrics, "ibkr")
    for _ in range(90):
        broker.record_call()
    broker.record_connected(True)
    bench.clock.now += 2
    assert bench.read('broker_api_calls_total{broker="ibkr"}') == 90
    assert bench.read('broker_api_calls_per_second{broker="ibkr"}') == 45
    assert bench.read('broker_connected{broker="ibkr"}') == 1


def test_the_reasons_of_a_broker_are_closed_and_there_from_the_start(bench: Bench) -> None:
    broker = bench.make(BrokerMetrics, "ibkr")
    broker.record_reject("insufficient_funds")
    broker.record_connection_error(2, reason="timeout")
    for made_up in ("because", None, 7):
        broker.record_reject(made_up)
        broker.record_connection_error(reason=made_up)
    assert bench.read('broker_rejects_total{broker="ibkr",reason="insufficient_funds"}') == 1
    assert bench.read('broker_rejects_total{broker="ibkr",reason="other"}') == 3
    assert bench.read('broker_rejects_total{broker="ibkr",reason="rate_limit"}') == 0
    assert bench.read('broker_connection_errors_total{broker="ibkr",reason="timeout"}') == 2
    assert bench.read('broker_connection_errors_total{broker="ibkr",reason="other"}') == 3


def test_a_brokers_limit_and_clock_are_shown_once_they_are_known(bench: Bench) -> None:
    broker = bench.make(BrokerMetrics, "binance")
    assert "broker_request_weight_ratio{" not in bench.registry.expose().decode()
    broker.record_request_weight(600, 2400)
    broker.record_clock_offset(-0.25)
    broker.record_fee_unknown()
    assert bench.read('broker_request_weight_ratio{broker="binance"}') == 0.25
    assert bench.read('broker_clock_offset_seconds{broker="binance"}') == -0.25
    assert bench.read('broker_fees_unknown_total{broker="binance"}') == 1
    for used, limit in [(1, 0), (float("nan"), 1), ("many", 1), (1, None)]:
        broker.record_request_weight(used, limit)
    assert bench.read('broker_request_weight_ratio{broker="binance"}') == 0.25
    assert bench.registry.drops.read()[DropReason.NOT_A_NUMBER] == 4


def test_the_uptime_counts_from_the_declaration(bench: Bench) -> None:
    bot = bench.make(BotMetrics)
    bench.clock.now += 90
    assert bench.read("bot_uptime_seconds") == 90
    del bot


@pytest.mark.parametrize(("recorder", "name"), [(MarketMetrics, ""), (BrokerMetrics, "x" * 201), (BrokerMetrics, None)])
def test_a_wrong_name_is_refused(bench: Bench, recorder: type, name: Any) -> None:
    with pytest.raises(ValueError, match="must be a text of 1 to 200 characters, was"):
        bench.make(recorder, name)


def test_start_server_tells_the_monitor_where(bench: Bench) -> None:
    models = bench.make(MLMetrics)
    exporter = models.start_server()
    try:
        assert bench.link.of_kind("hello")[-1]["metrics_url"] == exporter.url
        assert models.start_server() is exporter
    finally:
        exporter.stop()


def test_a_recorder_that_is_gone_is_not_kept_alive_by_its_registry(bench: Bench) -> None:
    bench.make(BotMetrics)
    gc.collect()
    bench.clock.now += 90
    assert bench.read("bot_uptime_seconds") == 0


def test_blocks_and_functions_are_timed_async_ones_too(bench: Bench) -> None:
    models, bot = bench.make(MLMetrics), bench.make(BotMetrics)
    trading = TradingMetrics("mom", registry=bench.registry, clock=bench.clock, link=bench.link)

    @models.time_prediction("lstm")
    async def predict(price: float) -> float:
        return price + 1

    assert asyncio.run(predict(1.0)) == 2.0
    with trading.time_signal():
        pass
    with trading.time_optimization():
        pass
    with pytest.raises(TimeoutError), trading.time_order("placement"):
        raise TimeoutError
    assert bot.time_response()(lambda: "pong")() == "pong"
    assert bench.read('ml_predictions_total{model="lstm"}') == 1
    assert bench.read('ml_prediction_duration_seconds_count{model="lstm"}') == 1
    assert bench.read('trading_signal_generation_seconds_count{strategy="mom"}') == 1
    assert bench.read('trading_optimization_seconds_count{strategy="mom"}') == 1
    assert bench.read('trading_order_stage_latency_seconds_count{strategy="mom",stage="placement"}') == 1
    assert bench.read("bot_response_seconds_count") == 1


def test_an_async_function_may_be_a_run(bench: Bench) -> None:
    job = bench.make(PipelineMetrics).bind("load")

    @job.run()
    async def load() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(load())
    assert bench.read('pipeline_runs_total{pipeline="load",status="failed"}') == 1
    assert bench.read('pipeline_errors_total{pipeline="load",error_type="ConnectionError"}') == 1


def test_a_generator_is_no_run(bench: Bench) -> None:
    def rows() -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="cannot measure the generator"):
        bench.make(PipelineMetrics).bind("load").run()(rows)
