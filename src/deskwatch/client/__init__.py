"""What lives inside the trading process: it never raises, blocks, grows or holds the interpreter for long.

Way:     a call in the strategy → [client]: registry, ledger, guard → GET /metrics, and the link to the monitor.
Cost:    a name loads its module when it is first used, so that a bot pays only for what it records.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from deskwatch.client.alerts import AlertManager, AlertTemplates, Pace
    from deskwatch.client.ending import shutdown
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
    from deskwatch.client.logs import Logger, Rotation, get_logger
    from deskwatch.client.metrics import (
        Counter,
        DropReason,
        Exporter,
        Family,
        Gauge,
        Histogram,
        Registry,
        default_registry,
    )
    from deskwatch.client.metrics.push import PushOutcome, PushResult, delete_pushed, push
    from deskwatch.client.own_metrics import MetricsExporter
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

_MODULES: Final = {
    "alerts": "AlertManager AlertTemplates Pace",
    "ending": "shutdown",
    "fills": "FillArchive",
    "guard": (
        "AccountGuard Allowed Confirm Guard GuardState Intent LatchState Limit MaxClockOffset MaxDataAge "
        "MaxDayLoss MaxDrawdown MaxExposure MaxLoss MaxOrderNotional MaxOrderRate MaxOrdersPerSignal "
        "MaxPosition MaxRejects MinProbabilisticSharpe NoDuplicateOrder NotANumber OrderLimit Readings Trip"
    ),
    "integrations.monitored": "Monitored monitored",
    "logs": "Logger Rotation get_logger",
    "metrics": "Counter DropReason Exporter Family Gauge Histogram Registry default_registry",
    "metrics.push": "PushOutcome PushResult delete_pushed push",
    "own_metrics": "MetricsExporter",
    "recorders": (
        "BotMetrics BrokerMetrics MLMetrics MarketMetrics MarketSymbol ModelRecorder PipelineMetrics PipelineRecorder"
    ),
    "service": "HostMetrics ServiceMetrics",
    "timing": "timed",
    "trading": "Instrument Ledger SymbolRecorder TradingMetrics",
}
"""Where each name is; the same as above for type checkers, and a test holds the two together."""

_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
