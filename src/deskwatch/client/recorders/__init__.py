"""Recorders beside trading: models, pipelines, the market and its feeds, the broker, the bot as a process.

Way:     a call in the bot → [recorders] → registry, or a dialect's view of it.
"""

from deskwatch.client.recorders.bot import BotMetrics
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.recorders.market import MarketMetrics, MarketSymbol
from deskwatch.client.recorders.ml import MLMetrics, ModelRecorder
from deskwatch.client.recorders.pipeline import PipelineMetrics, PipelineRecorder

__all__ = [
    "BotMetrics",
    "BrokerMetrics",
    "MLMetrics",
    "MarketMetrics",
    "MarketSymbol",
    "ModelRecorder",
    "PipelineMetrics",
    "PipelineRecorder",
]
