"""The calls of algo_trade's metrics exporter and alert manager, with its names and units, such as ``latency_ms``.

Way:     a call in the bot → [algo_trade] → recorders with ``dialect="algo_trade"`` → ``algo_trade_…`` on ``/metrics``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from deskwatch.catalog.dialects.algo_trade import BYTES_PER_MB, MILLISECONDS, PERCENT
from deskwatch.client.alerts import AlertManager, AlertTemplates
from deskwatch.client.dialect import in_unit
from deskwatch.client.metrics import Exporter, Registry
from deskwatch.client.recorders import BotMetrics, BrokerMetrics, MarketMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.trading.decisions import OrderStage

__all__ = ["AlertManager", "AlertTemplates", "AlgoTradeExporter", "get_metrics_exporter"]

PORT: Final = 8000
"""Where algo_trade serves its metrics."""

_DIALECT: Final = "algo_trade"


class AlgoTradeExporter:
    """What ``get_metrics_exporter`` returns; no call raises or waits.

    The recorders stand beside it for what algo_trade's own calls do not say: orders, errors, data quality, the broker.

    Args:
        registry: Where the metrics are declared; by default the registry of the process.

    Attributes:
        trading: Signals, orders, fills, equity.
        market: The market, and with ``market.feed`` the data that comes in.
        broker: The connection to Interactive Brokers.
        bot: The bot as a process.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self.trading = TradingMetrics(registry=registry, dialect=_DIALECT, port=PORT)
        self.market = MarketMetrics(registry=registry, dialect=_DIALECT)
        self.broker = BrokerMetrics("ibkr", registry=registry, dialect=_DIALECT)
        self.bot = BotMetrics(registry=registry, dialect=_DIALECT)

    def start_server(self, port: int = PORT, host: str = "127.0.0.1") -> Exporter:
        """Serve ``/metrics``; a port that is taken is counted and told, not raised."""
        return self.trading.start_server(port, host)

    def record_pnl(self, cumulative_pnl: float | None = None, daily_pnl: float | None = None) -> None:
        """Tell the P&L, of the equity: 0.025 is 2.5 percent."""
        if cumulative_pnl is not None:
            self.trading.record_pnl_ratio("total", cumulative_pnl)
        if daily_pnl is not None:
            self.trading.record_pnl_ratio("day", daily_pnl)

    def record_order_latency(self, latency_ms: float, latency_type: OrderStage = "intent_to_ack") -> None:
        """Record how long a stage of an order took, in milliseconds: ``intent_to_ack``, ``placement`` or ``fill``."""
        self.trading.record_order_latency(in_unit(latency_ms, per=MILLISECONDS), latency_type)

    def record_exposure(self, gross: float | None = None, net: float | None = None) -> None:
        """Tell the exposure, of the equity."""
        self.trading.record_exposure(gross, net)

    def set_kill_switch(self, switch: str, active: bool = True) -> None:
        """Say whether a kill switch is on: ``pnl``, ``psr`` or ``drawdown``."""
        self.trading.record_kill_switch(switch, active)

    def record_signal_generation_latency(self, latency_ms: float) -> None:
        """Record how long a signal took, in milliseconds."""
        self.trading.record_signal_latency(in_unit(latency_ms, per=MILLISECONDS))

    def record_optimization_latency(self, latency_ms: float) -> None:
        """Record how long an optimisation of the portfolio took, in milliseconds."""
        self.trading.record_optimization(in_unit(latency_ms, per=MILLISECONDS))

    def record_sharpe_ratio(self, sharpe_30d: float | None = None, sharpe_90d: float | None = None) -> None:
        """Tell the rolling Sharpe ratios."""
        if sharpe_30d is not None:
            self.trading.record_sharpe(sharpe_30d, "30d")
        if sharpe_90d is not None:
            self.trading.record_sharpe(sharpe_90d, "90d")

    def record_drawdown(self, current_dd: float | None = None, max_dd: float | None = None) -> None:
        """Tell the drawdown, now and at most; 0.02 is two percent."""
        self.trading.record_drawdown(current_dd, max_dd)

    def record_portfolio_risk(
        self,
        volatility: float | None = None,
        beta: float | None = None,
        var_95: float | None = None,
        cvar_95: float | None = None,
        largest_position_pct: float | None = None,
    ) -> None:
        """Tell the risk of the portfolio; all but beta are ratios, ``largest_position_pct`` too (0.2 is 20 percent)."""
        self.trading.record_risk(
            volatility_ratio=volatility,
            beta=beta,
            var_95_ratio=var_95,
            cvar_95_ratio=cvar_95,
            largest_position_ratio=largest_position_pct,
        )

    def record_system_health(self, cpu_percent: float | None = None, memory_mb: float | None = None) -> None:
        """Tell CPU in percent and memory in megabytes."""
        self.bot.record_system_health(
            cpu_ratio=in_unit(cpu_percent, per=PERCENT), memory_bytes=in_unit(memory_mb, factor=BYTES_PER_MB)
        )


@lru_cache(maxsize=1)
def _the_exporter() -> AlgoTradeExporter:
    return AlgoTradeExporter()


def get_metrics_exporter(port: int = PORT) -> AlgoTradeExporter:
    """Return the exporter of this process, which serves ``/metrics`` from the first call on.

    Args:
        port: Where, the first time; 0 for any free port.
    """
    exporter = _the_exporter()
    exporter.start_server(port)
    return exporter
