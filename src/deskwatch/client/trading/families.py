"""The metrics of trading, declared in one place; the names are those of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deskwatch.client.metrics import Counter, Family, Gauge, Histogram, Registry

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds, from a colocated venue to a slow retail broker; prometheus-client's steps, begun at 1 ms."""


@dataclass(frozen=True, slots=True)
class TradingFamilies:
    """Every family that ``TradingMetrics`` records on."""

    orders: Family[Counter]
    order_latency: Family[Histogram]
    fills: Family[Counter]
    fees: Family[Counter]
    turnover: Family[Counter]
    equity: Family[Gauge]
    pnl_realized: Family[Gauge]
    pnl_unrealized: Family[Gauge]
    pnl_day: Family[Gauge]
    drawdown: Family[Gauge]
    drawdown_max: Family[Gauge]
    trades: Family[Counter]
    win_ratio: Family[Gauge]
    position_quantity: Family[Gauge]
    position_notional: Family[Gauge]
    mark_price: Family[Gauge]
    exposure_gross: Family[Gauge]
    exposure_net: Family[Gauge]
    last_fill: Family[Gauge]
    market_time: Family[Gauge]
    guard_state: Family[Gauge]
    guard_limit: Family[Gauge]
    guard_value: Family[Gauge]
    guard_trips: Family[Counter]
    guard_epoch: Family[Gauge]
    records: Family[Counter]
    heartbeat: Gauge


def declare_trading(registry: Registry) -> TradingFamilies:
    """Declare the families, or find them again if another strategy of the process has."""
    strategy = ("strategy",)
    money = ("strategy", "currency")
    symbol = ("strategy", "symbol")
    limit = ("strategy", "limit")
    counter, gauge = registry.counter, registry.gauge
    return TradingFamilies(
        orders=counter("trading_orders_total", "Orders, by what became of them.", (*symbol, "side", "status")),
        order_latency=registry.histogram(
            "trading_order_latency_seconds", "From sending an order to its answer.", strategy, LATENCY_BUCKETS
        ),
        fills=counter("trading_fills_total", "Fills.", (*symbol, "side")),
        fees=counter("trading_fees_total", "Fees paid; rebates are not subtracted.", money),
        turnover=counter("trading_turnover_total", "Quantity times price of all fills.", money),
        equity=gauge("trading_equity", "What the account is worth.", money),
        pnl_realized=gauge("trading_pnl_realized", "Gained by closing, before fees.", money),
        pnl_unrealized=gauge("trading_pnl_unrealized", "What closing at the marks would gain.", money),
        pnl_day=gauge("trading_pnl_day", "Gained since midnight, after fees.", money),
        drawdown=gauge("trading_drawdown_ratio", "How far the equity is below its peak.", strategy),
        drawdown_max=gauge("trading_drawdown_max_ratio", "The deepest drawdown so far.", strategy),
        trades=counter("trading_trades_total", "Trades that ended, by result after fees.", (*strategy, "result")),
        win_ratio=gauge("trading_win_ratio", "Trades that gained, of all that ended.", strategy),
        position_quantity=gauge("trading_position_quantity", "Units held, negative when short.", symbol),
        position_notional=gauge("trading_position_notional", "Position at its mark.", (*symbol, "currency")),
        mark_price=gauge("trading_mark_price", "The newest price.", symbol),
        exposure_gross=gauge("trading_exposure_gross_ratio", "Sum of absolute positions, of the equity.", strategy),
        exposure_net=gauge("trading_exposure_net_ratio", "Sum of positions, of the equity.", strategy),
        last_fill=gauge("trading_last_fill_timestamp_seconds", "Wall time of the last fill.", strategy),
        market_time=gauge("trading_market_time_seconds", "Time of the newest market data.", strategy),
        guard_state=gauge("guard_state", "0 ACTIVE, 1 REDUCING, 2 HALTED.", strategy),
        guard_limit=gauge("guard_limit", "The value at which the guard trips.", limit),
        guard_value=gauge("guard_value", "What the guard measures against the limit.", limit),
        guard_trips=counter("guard_trips_total", "How often a limit tripped the guard.", limit),
        guard_epoch=gauge("guard_epoch", "How often the guard was reset.", strategy),
        records=counter("deskwatch_client_records_total", "What the bot recorded.", ("kind",)),
        heartbeat=gauge("bot_heartbeat_timestamp_seconds", "Wall time of the last sign of life of the bot's loop."),
    )
