from __future__ import annotations

from typing import Any

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import Guard, MaxDayLoss, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client.figure import MAX_FIGURES
from deskwatch.client.metrics import DropReason


class Desk:
    """A recorder with its registry and clock."""

    def __init__(self, **settings: Any) -> None:
        self.registry = Registry()
        self.clock = ManualSeconds()
        self.link = CollectingLink()
        settings = {"registry": self.registry, "clock": self.clock, "link": self.link, **settings}
        self.metrics = TradingMetrics("mom", **settings)

    def read(self, name: str, **labels: str) -> float | None:
        wanted = ",".join(f'{label}="{value}"' for label, value in {"strategy": "mom", **labels}.items())
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        series = f"{name}{{{wanted}}}"
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series), None)

    def dropped(self, reason: DropReason) -> int:
        return self.registry.drops.read()[reason]


def test_the_ledger_says_what_was_gained_of_the_equity() -> None:
    desk = Desk(starting_equity=1000)
    desk.metrics.record_fill("BTC", "BUY", 1, 100, fee=1)
    desk.metrics.record_mark("BTC", 121)
    assert desk.read("trading_pnl_net", currency="USD") == 20
    assert desk.read("trading_pnl_ratio", period="total") == 0.02
    assert desk.read("trading_pnl_ratio", period="day") == 0.02


def test_the_gain_since_the_start_outlives_the_day() -> None:
    desk = Desk(starting_equity=1000)
    desk.metrics.record_equity(1100, market_time=1_641_000_000)
    desk.metrics.record_equity(1100, market_time=1_641_000_000 + 86_400)
    assert desk.read("trading_pnl_ratio", period="total") == pytest.approx(0.1)
    assert desk.read("trading_pnl_ratio", period="day") == 0


def test_an_account_that_is_learned_late_counts_its_fills_from_before() -> None:
    desk = Desk()
    desk.metrics.record_fill("BTC", "BUY", 1, 100)
    desk.metrics.record_mark("BTC", 150)
    assert desk.read("trading_pnl_net", currency="USD") == 50
    assert desk.read("trading_pnl_ratio", period="total") is None
    desk.metrics.record_equity(1050)
    assert desk.read("trading_pnl_net", currency="USD") == 50
    assert desk.read("trading_pnl_ratio", period="total") == 0.05


def test_what_is_told_stands_against_the_ledger() -> None:
    desk = Desk(starting_equity=1000)
    desk.metrics.record_drawdown(0.25)
    desk.metrics.record_fill("BTC", "BUY", 1, 100)
    desk.metrics.record_mark("BTC", 90)
    assert desk.read("trading_drawdown_ratio") == 0.25
    assert desk.read("trading_drawdown_max_ratio") == 0.01


def test_what_is_told_and_is_no_number_leaves_the_ledgers_figure() -> None:
    desk = Desk(starting_equity=1000)
    desk.metrics.record_drawdown("deep")  # type: ignore[arg-type]
    desk.metrics.record_exposure(None, 0.5)
    assert desk.read("trading_drawdown_ratio") == 0
    assert desk.read("trading_exposure_gross_ratio") == 0
    assert desk.read("trading_exposure_net_ratio") == 0.5
    assert desk.dropped(DropReason.NOT_A_NUMBER) == 1


def test_windows_that_are_told_come_to_an_end() -> None:
    desk = Desk()
    for days in range(MAX_FIGURES + 3):
        desk.metrics.record_sharpe(1.0, f"{days}d")
    desk.metrics.record_sharpe(2.0, "5d")
    assert desk.read("trading_sharpe_ratio", window="5d") == 2.0
    assert desk.dropped(DropReason.LABEL_SETS) == 3


def test_open_positions_are_counted_and_valued_by_symbol() -> None:
    desk = Desk(starting_equity=1000)
    desk.metrics.record_fill("BTC", "BUY", 2, 100)
    desk.metrics.record_fill("ETH", "SELL", 1, 50)
    desk.metrics.record_mark("BTC", 90)
    desk.metrics.record_mark("SOL", 20)
    assert desk.read("trading_positions_open") == 2
    assert desk.read("trading_position_pnl_unrealized", symbol="BTC", currency="USD") == -20
    desk.metrics.record_fill("BTC", "SELL", 2, 95)
    assert desk.read("trading_positions_open") == 1
    assert desk.read("trading_position_pnl_unrealized", symbol="BTC", currency="USD") == 0


def test_the_money_of_orders_is_added_up() -> None:
    desk = Desk()
    desk.metrics.record_order("BTC", "BUY", "filled", amount="1000.5")
    desk.metrics.record_order("BTC", "BUY", "filled", 0.5, amount=1000)
    desk.metrics.record_order("BTC", "BUY", "filled", amount="much")
    volume = {"symbol": "BTC", "side": "BUY", "currency": "USD"}
    assert desk.read("trading_order_volume_total", **volume) == 2000.5
    assert desk.dropped(DropReason.ORDER) == 1


def test_stages_signals_and_switches_have_closed_or_tidy_names() -> None:
    desk = Desk()
    desk.metrics.record_order_latency(0.1, "fill")
    desk.metrics.record_order_latency(0.1, "lunch")  # type: ignore[arg-type]
    desk.metrics.record_signal("BTC", "buy")
    desk.metrics.record_signal("BTC", "maybe")
    desk.metrics.record_kill_switch("PnL", True)
    assert desk.read("trading_order_stage_latency_seconds_count", stage="fill") == 1
    assert desk.read("trading_signals_total", symbol="BTC", signal="BUY") == 1
    assert desk.read("trading_kill_switch_active", switch="pnl") == 1
    assert desk.dropped(DropReason.ORDER) == 1
    assert desk.dropped(DropReason.LABELS) == 1


def test_an_optimisation_may_fail_and_take_time() -> None:
    desk = Desk()
    desk.metrics.record_optimization(0.08)
    desk.metrics.record_optimization(30.0, failed=True)
    assert desk.read("trading_optimization_seconds_count") == 2
    assert desk.read("trading_optimization_failures_total") == 1


def test_every_call_is_a_sign_of_life() -> None:
    desk = Desk()
    desk.clock.now += 5
    desk.metrics.record_results(win_ratio=0.5)
    assert f"bot_heartbeat_timestamp_seconds {desk.clock.now}".encode() in desk.registry.expose()


def test_a_count_that_is_none_makes_no_series_that_shows_zero() -> None:
    desk = Desk()
    desk.metrics.record_pending_orders("few")  # type: ignore[arg-type]
    desk.metrics.record_active_signals("BTC", 2)
    assert desk.read("trading_orders_pending") is None
    assert desk.read("trading_signals_active", symbol="BTC") == 2
    assert desk.dropped(DropReason.NOT_A_NUMBER) == 1


def test_a_guards_limits_are_kill_switches_until_the_bot_tells_them_itself() -> None:
    guard = Guard([MaxDrawdown(0.10), MaxDayLoss(amount=1_000_000)], link=CollectingLink())
    desk = Desk(starting_equity=1_000, guard=guard)

    def switches() -> list[float | None]:
        return [desk.read("trading_kill_switch_active", switch=switch) for switch in ("drawdown", "pnl")]

    assert switches() == [0.0, 0.0]
    desk.metrics.record_equity(850)
    assert switches() == [1.0, 0.0]
    guard.reset("looked")
    assert switches() == [0.0, 0.0]
    desk.metrics.record_kill_switch("PnL", active=True)
    assert switches() == [0.0, 1.0]
