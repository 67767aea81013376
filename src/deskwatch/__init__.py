"""deskwatch watches trading systems: this is what goes into a bot.

The data's way, a package a stage; a stage knows only those below it:

    client                 a call in the strategy becomes series, guard state and records
    server.supervise       a command becomes a process that is kept running and watched
    server.scrape, ingest  /metrics, pushes and records become samples and fills
    server.storage         samples in memory and DuckDB, state in SQLite
    server.promql          an expression and a time become a vector or a matrix
    server.rules           vectors become recorded series and alerts
    server.alerting        alerts become groups, messages, incidents
    server.reconcile       what the bot says is held against what its fills sum to
    server.desk            what is known of each bot, for pages and messages
    server.api, server.ui  the same engine and state as JSON and as pages
    server.wiring          the only place that knows everyone

Importing this loads nothing but itself; a name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskwatch.client import (
        AccountGuard,
        AlertManager,
        AlertTemplates,
        Allowed,
        BotMetrics,
        BrokerMetrics,
        Confirm,
        Counter,
        Exporter,
        FillArchive,
        Gauge,
        Guard,
        GuardState,
        Histogram,
        HostMetrics,
        Instrument,
        Intent,
        Ledger,
        MarketMetrics,
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
        MetricsExporter,
        MinProbabilisticSharpe,
        MLMetrics,
        NoDuplicateOrder,
        Pace,
        PipelineMetrics,
        PushResult,
        Registry,
        Rotation,
        ServiceMetrics,
        TradingMetrics,
        Trip,
        default_registry,
        delete_pushed,
        get_logger,
        monitored,
        push,
        shutdown,
        timed,
    )

__all__ = [
    "AccountGuard",
    "AlertManager",
    "AlertTemplates",
    "Allowed",
    "BotMetrics",
    "BrokerMetrics",
    "Confirm",
    "Counter",
    "Exporter",
    "FillArchive",
    "Gauge",
    "Guard",
    "GuardState",
    "Histogram",
    "HostMetrics",
    "Instrument",
    "Intent",
    "Ledger",
    "MLMetrics",
    "MarketMetrics",
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
    "NoDuplicateOrder",
    "Pace",
    "PipelineMetrics",
    "PushResult",
    "Registry",
    "Rotation",
    "ServiceMetrics",
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


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("deskwatch.client"), name)
    raise AttributeError(f"module 'deskwatch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
