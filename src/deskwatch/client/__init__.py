"""What lives inside the trading process: it never raises, blocks, grows or holds the interpreter for long.

Way:     a call in the strategy → [client]: registry, ledger, guard → GET /metrics, and the link to the monitor.
"""

from deskwatch.client.alerts import AlertManager, AlertTemplates, Pace
from deskwatch.client.fills import FillArchive
from deskwatch.client.guard import (
    AccountGuard,
    Allowed,
    Confirm,
    Guard,
    GuardState,
    Intent,
    LatchState,
    Limit,
    MaxClockOffset,
    MaxDataAge,
    MaxDayLoss,
    MaxDrawdown,
    MaxExposure,
    MaxLoss,
    MaxOrderNotional,
    MaxOrderRate,
    MaxOrdersPerSignal,
    MaxPosition,
    MaxRejects,
    MinProbabilisticSharpe,
    NoDuplicateOrder,
    NotANumber,
    OrderLimit,
    Readings,
    Trip,
)
from deskwatch.client.integrations.monitored import Monitored, monitored
from deskwatch.client.link import default_link
from deskwatch.client.logs import Logger, Rotation, get_logger
from deskwatch.client.metrics import Counter, DropReason, Exporter, Family, Gauge, Histogram, Registry, default_registry
from deskwatch.client.metrics.exporter import stop_exporters
from deskwatch.client.metrics.push import PushOutcome, PushResult, delete_pushed, push
from deskwatch.client.own_metrics import MetricsExporter
from deskwatch.client.periodic import close_all
from deskwatch.client.recorders import (
    BotMetrics,
    BrokerMetrics,
    MarketMetrics,
    MarketSymbol,
    MLMetrics,
    ModelRecorder,
    PipelineMetrics,
    PipelineRecorder,
)
from deskwatch.client.service import HostMetrics, ServiceMetrics
from deskwatch.client.timing import timed
from deskwatch.client.trading import Instrument, Ledger, SymbolRecorder, TradingMetrics

__all__ = [
    "AccountGuard",
    "AlertManager",
    "AlertTemplates",
    "Allowed",
    "BotMetrics",
    "BrokerMetrics",
    "Confirm",
    "Counter",
    "DropReason",
    "Exporter",
    "Family",
    "FillArchive",
    "Gauge",
    "Guard",
    "GuardState",
    "Histogram",
    "HostMetrics",
    "Instrument",
    "Intent",
    "LatchState",
    "Ledger",
    "Limit",
    "Logger",
    "MLMetrics",
    "MarketMetrics",
    "MarketSymbol",
    "MaxClockOffset",
    "MaxDataAge",
    "MaxDayLoss",
    "MaxDrawdown",
    "MaxExposure",
    "MaxLoss",
    "MaxOrderNotional",
    "MaxOrderRate",
    "MaxOrdersPerSignal",
    "MaxPosition",
    "MaxRejects",
    "MetricsExporter",
    "MinProbabilisticSharpe",
    "ModelRecorder",
    "Monitored",
    "NoDuplicateOrder",
    "NotANumber",
    "OrderLimit",
    "Pace",
    "PipelineMetrics",
    "PipelineRecorder",
    "PushOutcome",
    "PushResult",
    "Readings",
    "Registry",
    "Rotation",
    "ServiceMetrics",
    "SymbolRecorder",
    "TradingMetrics",
    "Trip",
    "default_registry",
    "delete_pushed",
    "get_logger",
    "monitored",
    "push",
    "shutdown",
    "timed",
]


def shutdown() -> None:
    """Send what is still queued, for two seconds at most, export and push for a last time, and stop serving metrics.

    Call it at the end of a script; a process that just ends does the same, except that it serves to the last.
    """
    default_link().close()
    close_all()
    stop_exporters()
