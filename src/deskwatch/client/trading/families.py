"""The metrics of trading, declared in one place; the names are those of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deskwatch.client.metrics import Counter, Family, Gauge, Histogram, Registry

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds, from a colocated venue to a slow retail broker; prometheus-client's steps, begun at 1 ms."""


@dataclass(frozen=True, slots=True)
class FigureFamilies:
    """The statistics that follow from the ledger; ``returns.Figures`` and ``activity`` say what each is."""

    sharpe: Family[Gauge]
    sortino: Family[Gauge]
    volatility: Family[Gauge]
    var_95: Family[Gauge]
    cvar_95: Family[Gauge]
    probabilistic_sharpe: Family[Gauge]
    beta: Family[Gauge]
    profit_factor: Family[Gauge]
    turnover: Family[Gauge]
    trades_per_hour: Family[Gauge]
    slippage: Family[Gauge]
    largest_position: Family[Gauge]
    risk_utilization: Family[Gauge]


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
    figures: FigureFamilies
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
        figures=declare_figures(registry),
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


def declare_figures(registry: Registry) -> FigureFamilies:
    """Declare the statistics; one strategy's series of a figure appears when the figure first exists."""
    gauge, strategy = registry.gauge, ("strategy",)
    return FigureFamilies(
        sharpe=gauge("trading_sharpe_ratio", "Mean return over its deviation, annualised.", ("strategy", "window")),
        sortino=gauge("trading_sortino_ratio", "Mean return over its downside deviation, annualised; 90 d.", strategy),
        volatility=gauge("trading_volatility_ratio", "Deviation of the returns, annualised; 90 d.", strategy),
        var_95=gauge("trading_var_95_ratio", "Loss that 95 % of the intervals stay below; 90 d.", strategy),
        cvar_95=gauge("trading_cvar_95_ratio", "Mean loss of the worst 5 % of the intervals; 90 d.", strategy),
        probabilistic_sharpe=gauge(
            "trading_probabilistic_sharpe_ratio", "Probability that the true Sharpe ratio is above 0; 90 d.", strategy
        ),
        beta=gauge("trading_beta_ratio", "How the returns follow the benchmark's; 90 d.", strategy),
        profit_factor=gauge("trading_profit_factor", "Gained by trades that gained, over lost by others.", strategy),
        turnover=gauge("trading_turnover_ratio", "Money traded in the last day, of the equity.", strategy),
        trades_per_hour=gauge("trading_trades_per_hour", "Trades that ended in the last hour.", strategy),
        slippage=gauge("trading_slippage_ratio", "Fills of the last day worse than the mark before them.", strategy),
        largest_position=gauge("trading_largest_position_ratio", "Largest absolute position, of the equity.", strategy),
        risk_utilization=gauge("trading_risk_utilization_ratio", "Gross exposure, of its limit.", strategy),
    )
