"""The recorders of crypto_quant, with its argument names and ports, and the logger that writes its lines.

Way:     a call in the bot, the ML server or a DAG → [crypto_quant] → recorders with ``dialect="crypto_quant"``.
"""

from __future__ import annotations

from typing import Final

from deskwatch import client
from deskwatch.client.guard import Guard
from deskwatch.client.logs import get_logger
from deskwatch.client.metrics import Exporter, Registry
from deskwatch.client.own_metrics import MetricsExporter
from deskwatch.client.untrusted import Amount

__all__ = ["MLMetrics", "MetricsExporter", "PipelineMetrics", "TradingMetrics", "get_logger"]

TRADING_PORT: Final = 8000
ML_PORT: Final = 8001
AIRFLOW_PORT: Final = 8080

_DIALECT: Final = "crypto_quant"


class TradingMetrics:
    """The metrics of the trading bot. No call raises or waits after the declaration.

    It holds deskwatch's own recorder instead of being one, because ``record_order`` takes other arguments than its.

    Args:
        port: Where ``start_server`` serves them, 0 for any free port.
        currency: What the account's money is in; it stands in the names, such as ``trading_total_pnl_krw``.
        starting_equity: What the account is worth before the first fill.
        registry: Where the metrics are declared; by default the registry of the process.
        guard: Limits that are held in the recording calls themselves.

    Attributes:
        recorder: For fills, marks and equity, and for what takes a ``deskwatch.TradingMetrics``.

    Raises:
        ValueError: As for ``deskwatch.TradingMetrics``.
    """

    def __init__(
        self,
        port: int = TRADING_PORT,
        *,
        currency: str = "KRW",
        starting_equity: Amount | None = None,
        registry: Registry | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.recorder = client.TradingMetrics(
            currency=currency,
            starting_equity=starting_equity,
            registry=registry,
            dialect=_DIALECT,
            port=port,
            guard=guard,
        )

    def start_server(self) -> Exporter:
        """Serve ``/metrics``; a port that is taken is counted and told, not raised."""
        return self.recorder.start_server()

    def record_order(
        self, symbol: str, action: str, status: str, amount: Amount | None = None, latency: float | None = None
    ) -> None:
        """Count an order.

        Args:
            symbol: What it is for.
            action: ``BUY`` or ``SELL``.
            status: Such as ``filled`` or ``rejected``.
            amount: The money in it, in the account's currency.
            latency: From sending it to its answer, in seconds.
        """
        self.recorder.record_order(symbol, action, status, latency, amount=amount)


class MLMetrics(client.MLMetrics):
    """The metrics of the ML server.

    Args:
        port: Where ``start_server`` serves them, 0 for any free port.
        registry: Where the metrics are declared; by default the registry of the process.

    Raises:
        ValueError: As for ``deskwatch.MLMetrics``.
    """

    def __init__(self, port: int = ML_PORT, *, registry: Registry | None = None) -> None:
        super().__init__(registry=registry, dialect=_DIALECT, port=port)


class PipelineMetrics(client.PipelineMetrics):
    """The metrics of DAGs.

    Args:
        port: Where ``start_server`` serves them, 0 for any free port.
        registry: Where the metrics are declared; by default the registry of the process.

    Raises:
        ValueError: As for ``deskwatch.PipelineMetrics``.
    """

    def __init__(self, port: int = AIRFLOW_PORT, *, registry: Registry | None = None) -> None:
        super().__init__(registry=registry, dialect=_DIALECT, port=port)
