from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import Guard, GuardState, MaxDayLoss, MaxDrawdown, Registry, TradingMetrics, Trip
from deskwatch.client.metrics import DropReason


class Desk:
    """A recorder with everything that it talks to."""

    def __init__(self, **settings: Any) -> None:
        self.link = CollectingLink()
        self.clock = ManualSeconds()
        self.registry = Registry()
        self.trips: list[Trip] = []
        self.guard = Guard([MaxDrawdown(0.15), MaxDayLoss(0.5)], on_trip=self.trips.append, link=self.link)
        settings = {"starting_equity": 1000, "guard": self.guard, **settings}
        self.metrics = TradingMetrics("mom", registry=self.registry, link=self.link, clock=self.clock, **settings)

    def read(self, series: str) -> float:
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_fill_moves_everything_that_follows_from_it(desk: Desk) -> None:
    desk.metrics.record_fill("BTC", "buy", 2, 100, fee=1, order_id="o-1", market_time=1_641_000_000)
    desk.metrics.record_mark("BTC", 120)
    money = '{strategy="mom",currency="USD"}'
    assert desk.read(f"trading_equity{money}") == 1039
    assert desk.read(f"trading_pnl_unrealized{money}") == 40
    assert desk.read(f"trading_pnl_day{money}") == 39
    assert desk.read(f"trading_fees_total{money}") == 1
    assert desk.read(f"trading_turnover_total{money}") == 200
    assert desk.read('trading_fills_total{strategy="mom",symbol="BTC",side="BUY"}') == 1
    assert desk.read('trading_position_quantity{strategy="mom",symbol="BTC"}') == 2
    assert desk.read('trading_position_notional{strategy="mom",symbol="BTC",currency="USD"}') == 240
    assert desk.read('trading_mark_price{strategy="mom",symbol="BTC"}') == 120
    assert desk.read('trading_exposure_gross_ratio{strategy="mom"}') == pytest.approx(240 / 1039)
    assert desk.read('trading_market_time_seconds{strategy="mom"}') == 1_641_000_000
    assert desk.read('trading_last_fill_timestamp_seconds{strategy="mom"}') == desk.clock.now
    assert desk.read("bot_heartbeat_timestamp_seconds") == desk.clock.now


def test_the_record_of_a_fill_is_exact(desk: Desk) -> None:
    desk.metrics.record_fill("BTC", "BUY", 0.1, "100.10", fee=0.25)
    desk.metrics.record_fill("BTC", "SELL", 0.1, "110.10", order_id=7, market_time=1_641_000_000.5)
    first, second = desk.link.of_kind("fill")
    assert first["id"] != second["id"]
    assert (first["quantity"], first["price"], first["fee"], first["market_ts_ms"]) == ("0.1", "100.10", "0.25", None)
    assert (second["order_id"], second["market_ts_ms"]) == ("7", 1_641_000_000_500)
    assert float(second["position_after"]) == 0
    assert float(second["realized_pnl"]) == 1.0
    assert (second["strategy"], second["currency"], second["side"]) == ("mom", "USD", "SELL")
    assert second["ts_ms"] == int(desk.clock.now * 1000)


def test_money_on_the_wire_stays_within_what_the_server_takes(desk: Desk) -> None:
    desk.metrics.record_fill("BTC", "BUY", 3, "33333.3333333333")
    desk.metrics.record_fill("BTC", "SELL", "1.7", "41234.5678901234")
    assert len(desk.link.of_kind("fill")[1]["realized_pnl"]) <= 40


def test_a_mark_trips_the_guard_within_the_call(desk: Desk) -> None:
    desk.metrics.record_fill("BTC", "BUY", 5, 100)
    assert desk.guard.allow_entry()
    desk.metrics.record_mark("BTC", 69)
    assert [trip.limit for trip in desk.trips] == ["max_drawdown"]
    assert not desk.guard.allow_entry()
    assert desk.read('guard_state{strategy="mom"}') == 2
    assert desk.read('guard_trips_total{strategy="mom",limit="max_drawdown"}') == 1
    assert desk.read('guard_value{strategy="mom",limit="max_drawdown"}') == pytest.approx(0.155)
    assert desk.link.of_kind("guard")[-1]["strategy"] == "mom"


def test_on_trip_may_close_the_position_through_the_same_recorder() -> None:
    desk = Desk()

    def close(_: Trip) -> None:
        desk.metrics.record_fill("BTC", "SELL", 5, 69)
        assert desk.metrics.ledger.position("BTC").quantity == 0

    desk.guard._on_trip = close
    desk.metrics.record_fill("BTC", "BUY", 5, 100)
    desk.metrics.record_mark("BTC", 69)
    assert desk.registry.drops.total == 0
    assert desk.read('trading_exposure_gross_ratio{strategy="mom"}') == 0
    assert [record.get("change", record["kind"]) for record in desk.link.records[-2:]] == ["tripped", "fill"]


@pytest.mark.parametrize("equity", [None, float("nan"), float("inf"), "much", object()])
def test_an_equity_that_is_no_number_trips_the_guard(desk: Desk, equity: Any) -> None:
    desk.metrics.record_equity(equity)
    assert desk.guard.latched.limit == "not_a_number"
    assert desk.metrics.ledger.equity == 1000


def test_without_an_equity_the_guard_stays_closed_until_one_is_known() -> None:
    desk = Desk(starting_equity=None)
    desk.metrics.record_fill("BTC", "BUY", 1, 100)
    assert not desk.guard.allow_entry()
    desk.metrics.record_equity(5000)
    assert desk.guard.allow_entry()


def test_after_a_reset_the_drawdown_begins_anew(desk: Desk) -> None:
    desk.metrics.record_equity(800)
    desk.guard.reset("looked")
    desk.metrics.record_equity(790)
    assert desk.guard.state is GuardState.ACTIVE
    desk.metrics.record_equity(650)
    assert len(desk.trips) == 2


def test_the_day_follows_the_market_and_not_the_clock(desk: Desk) -> None:
    evening = datetime(2022, 1, 1, 23, 59, tzinfo=UTC).timestamp()
    desk.metrics.record_mark("BTC", 100, market_time=evening)
    desk.metrics.record_equity(1010)
    desk.clock.now += 30 * 86_400
    desk.metrics.record_equity(1020)
    assert desk.metrics.ledger.pnl_day == 20
    desk.metrics.record_mark("BTC", 100, market_time=evening + 60)
    assert desk.metrics.ledger.pnl_day == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("BTC", "HOLD", 1, 1), DropReason.FILL),
        (("BTC", "BUY", 0, 1), DropReason.FILL),
        (("BTC", "BUY", -1, 1), DropReason.FILL),
        (("BTC", "BUY", 1, float("nan")), DropReason.FILL),
        (("", "BUY", 1, 1), DropReason.LABELS),
    ],
)
def test_a_fill_that_cannot_be_is_dropped_and_counted(
    desk: Desk, arguments: tuple[Any, ...], reason: DropReason
) -> None:
    desk.metrics.record_fill(*arguments)
    assert desk.registry.drops.read()[reason] == 1


def test_a_bad_market_time_is_counted_and_the_mark_kept(desk: Desk) -> None:
    desk.metrics.record_mark("BTC", 100, market_time=1_641_000_000_000)
    assert desk.registry.drops.read()[DropReason.MARKET_TIME] == 1
    assert desk.metrics.ledger.position("BTC").mark_price == 100


def test_a_heartbeat_goes_out_at_most_once_a_second(desk: Desk) -> None:
    for _ in range(40):
        desk.metrics.heartbeat()
        desk.clock.now += 0.1
    assert len(desk.link.of_kind("heartbeat")) == 4


def test_a_clock_that_is_set_back_does_not_silence_the_heartbeat(desk: Desk) -> None:
    desk.metrics.heartbeat()
    desk.clock.now -= 3600
    desk.metrics.heartbeat()
    assert len(desk.link.of_kind("heartbeat")) == 2


def test_orders_are_counted_by_what_became_of_them(desk: Desk) -> None:
    desk.metrics.record_order("BTC", "SELL", "Rejected", latency_seconds=0.03)
    assert desk.read('trading_orders_total{strategy="mom",symbol="BTC",side="SELL",status="rejected"}') == 1
    assert desk.read('trading_order_latency_seconds_count{strategy="mom"}') == 1


def test_eight_threads_lose_no_fill() -> None:
    desk = Desk(guard=None)

    def trade() -> None:
        for _ in range(250):
            desk.metrics.record_fill("BTC", "BUY", 1, 100)
            desk.metrics.record_mark("BTC", 101)

    threads = [threading.Thread(target=trade) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.metrics.ledger.position("BTC").quantity == 2000
    assert desk.metrics.ledger.equity == 1000 + 2000
    assert desk.registry.drops.total == 0


@pytest.mark.parametrize(
    "settings", [{"starting_equity": "much"}, {"zone": "Mars/Olympus"}, {"starting_equity": float("nan")}]
)
def test_a_wrong_declaration_raises(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="was"):
        Desk(**settings)
