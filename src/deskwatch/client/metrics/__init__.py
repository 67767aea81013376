"""Counters, gauges and histograms that cost tens of nanoseconds, and their exposition.

Way:     a call in the strategy → [metrics] → GET /metrics.
"""

from deskwatch.client.metrics.counter import Counter
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exporter import Exporter
from deskwatch.client.metrics.family import Family
from deskwatch.client.metrics.gauge import Gauge
from deskwatch.client.metrics.histogram import DEFAULT_BUCKETS, Histogram
from deskwatch.client.metrics.registry import Registry, default_registry

__all__ = [
    "DEFAULT_BUCKETS",
    "Counter",
    "DropReason",
    "Drops",
    "Exporter",
    "Family",
    "Gauge",
    "Histogram",
    "Registry",
    "default_registry",
]
