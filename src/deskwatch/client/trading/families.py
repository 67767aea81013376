"""The families that trading records on; what each is stands in the catalogue.

Named tuples, because a dataclass of so many fields costs every bot a few milliseconds when it is imported.
"""

from __future__ import annotations

from typing import NamedTuple

from deskwatch.catalog.metrics import (
    bot,
    client,
    fills,
    market,
    orders,
    performance,
    positions,
    risk,
    signals,
)
from deskwatch.client.series import Counts, Declares, Labelled, Level, Spread


class FigureFamilies(NamedTuple):
    """The figures that follow from the ledger, unless the bot tells them itself."""

    pnl_realized: Labelled[Level]
    pnl_unrealized: Labelled[Level]
    pnl_day: Labelled[Level]
    pnl_net: Labelled[Level]
    pnl_ratio: Labelled[Level]
    drawdown: Labelled[Level]
    drawdown_max: Labelled[Level]
    win_ratio: Labelled[Level]
    exposure_gross: Labelled[Level]
    exposure_net: Labelled[Level]
    sharpe: Labelled[Level]
    sortino: Labelled[Level]
    volatility: Labelled[Level]
    var_95: Labelled[Level]
    cvar_95: Labelled[Level]
    probabilistic_sharpe: Labelled[Level]
    beta: Labelled[Level]
    profit_factor: Labelled[Level]
    turnover: Labelled[Level]
    trades_per_hour: Labelled[Level]
    slippage: Labelled[Level]
    largest_position: Labelled[Level]
    risk_utilization: Labelled[Level]
    positions_open: Labelled[Level]


class DecisionFamilies(NamedTuple):
    """What the bot decides and sends, apart from its fills."""

    orders: Labelled[Counts]
    order_volume: Labelled[Counts]
    order_latency: Labelled[Spread]
    order_stage_latency: Labelled[Spread]
    order_errors: Labelled[Counts]
    orders_pending: Labelled[Level]
    signals: Labelled[Counts]
    signals_active: Labelled[Level]
    signal_generation: Labelled[Spread]
    optimization: Labelled[Spread]
    optimization_failures: Labelled[Counts]
    kill_switch: Labelled[Level]


class TradingFamilies(NamedTuple):
    """Every family that ``TradingMetrics`` records on."""

    decisions: DecisionFamilies
    fills: Labelled[Counts]
    fees: Labelled[Counts]
    turnover: Labelled[Counts]
    equity: Labelled[Level]
    trades: Labelled[Counts]
    position_quantity: Labelled[Level]
    position_notional: Labelled[Level]
    position_pnl_unrealized: Labelled[Level]
    mark_price: Labelled[Level]
    figures: FigureFamilies
    last_fill: Labelled[Level]
    market_time: Labelled[Level]
    records: Labelled[Counts]
    heartbeat: Level


def declare_trading(declares: Declares) -> TradingFamilies:
    """Declare the families, or find them again if another strategy of the process has.

    Raises:
        ValueError: A name is taken by another metric.
    """
    family = declares.family
    return TradingFamilies(
        decisions=_declare_decisions(declares),
        fills=family(fills.FILLS),
        fees=family(fills.FEES),
        turnover=family(fills.TURNOVER),
        equity=family(performance.EQUITY),
        trades=family(performance.TRADES),
        position_quantity=family(positions.POSITION_QUANTITY),
        position_notional=family(positions.POSITION_NOTIONAL),
        position_pnl_unrealized=family(positions.POSITION_PNL_UNREALIZED),
        mark_price=family(positions.MARK_PRICE),
        figures=_declare_figures(declares),
        last_fill=family(fills.LAST_FILL),
        market_time=family(market.MARKET_TIME),
        records=family(client.RECORDS),
        heartbeat=family(bot.HEARTBEAT).labels(),
    )


def _declare_decisions(declares: Declares) -> DecisionFamilies:
    family = declares.family
    return DecisionFamilies(
        orders=family(orders.ORDERS),
        order_volume=family(orders.ORDER_VOLUME),
        order_latency=family(orders.ORDER_LATENCY),
        order_stage_latency=family(orders.ORDER_STAGE_LATENCY),
        order_errors=family(orders.ORDER_ERRORS),
        orders_pending=family(orders.ORDERS_PENDING),
        signals=family(signals.SIGNALS),
        signals_active=family(signals.SIGNALS_ACTIVE),
        signal_generation=family(signals.SIGNAL_GENERATION),
        optimization=family(signals.OPTIMIZATION),
        optimization_failures=family(signals.OPTIMIZATION_FAILURES),
        kill_switch=family(risk.KILL_SWITCH),
    )


def _declare_figures(declares: Declares) -> FigureFamilies:
    family = declares.family
    return FigureFamilies(
        pnl_realized=family(performance.PNL_REALIZED),
        pnl_unrealized=family(performance.PNL_UNREALIZED),
        pnl_day=family(performance.PNL_DAY),
        pnl_net=family(performance.PNL_NET),
        pnl_ratio=family(performance.PNL_RATIO),
        drawdown=family(risk.DRAWDOWN),
        drawdown_max=family(risk.DRAWDOWN_MAX),
        win_ratio=family(performance.WIN_RATIO),
        exposure_gross=family(risk.EXPOSURE_GROSS),
        exposure_net=family(risk.EXPOSURE_NET),
        sharpe=family(performance.SHARPE),
        sortino=family(performance.SORTINO),
        volatility=family(risk.VOLATILITY),
        var_95=family(risk.VAR_95),
        cvar_95=family(risk.CVAR_95),
        probabilistic_sharpe=family(performance.PROBABILISTIC_SHARPE),
        beta=family(risk.BETA),
        profit_factor=family(performance.PROFIT_FACTOR),
        turnover=family(performance.TURNOVER_RATIO),
        trades_per_hour=family(performance.TRADES_PER_HOUR),
        slippage=family(fills.SLIPPAGE),
        largest_position=family(risk.LARGEST_POSITION),
        risk_utilization=family(risk.RISK_UTILIZATION),
        positions_open=family(positions.POSITIONS_OPEN),
    )
