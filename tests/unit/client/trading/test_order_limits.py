"""What the recorder is told reaches the limits at the gate: fills are held, market data is fresh."""

from __future__ import annotations

from deskwatch import Allowed, Guard, MaxDataAge, MaxExposure, MaxPosition, Registry, TradingMetrics

NOW = 1_640_995_200.0


def desk(*limits: object) -> tuple[Guard, TradingMetrics]:
    guard = Guard(list(limits), clock=lambda: NOW)  # type: ignore[arg-type]
    metrics = TradingMetrics(starting_equity=1000, guard=guard, registry=Registry(), clock=lambda: NOW)
    return guard, metrics


def test_a_recorded_fill_counts_towards_the_position() -> None:
    guard, metrics = desk(MaxPosition(2))
    assert guard.allow_order("BTC", "BUY", 1, 10.0) is Allowed.YES
    metrics.record_fill("BTC", "BUY", 1, 10.0)
    assert guard.allow_order("BTC", "BUY", 2, 10.0) is Allowed.POSITION
    metrics.record_fill("BTC", "SELL", 1, 10.0)
    assert guard.allow_order("BTC", "BUY", 2, 10.0) is Allowed.YES


def test_the_newest_market_time_keeps_the_gate_open_and_old_data_closes_it() -> None:
    guard, metrics = desk(MaxDataAge(5.0))
    assert guard.allow_order("BTC", "BUY", 1, 10.0) is Allowed.DATA_AGE
    metrics.record_mark("BTC", 10.0, market_time=NOW - 4)
    assert guard.allow_order("BTC", "BUY", 1, 10.0) is Allowed.YES
    assert guard.allow_order("BTC", "BUY", 1, 10.0, now=NOW + 2) is Allowed.DATA_AGE


def test_the_equity_is_known_to_the_gate_from_the_start() -> None:
    guard, _ = desk(MaxExposure(ratio=1.5))
    assert guard.allow_order("BTC", "BUY", 100, 10.0) is Allowed.YES
    assert guard.allow_order("BTC", "BUY", 100, 10.0) is Allowed.EXPOSURE
