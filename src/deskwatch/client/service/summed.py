"""Declare a gauge of which several processes each have a part."""

from __future__ import annotations

from deskwatch.catalog.metric import Metric
from deskwatch.client.metrics import Family, Gauge, Registry


def summed(registry: Registry, metric: Metric) -> Family[Gauge]:
    """Declare a gauge of the catalogue whose value is the sum over all processes: docs/several-processes.md."""
    return registry.gauge(metric.name, metric.help, metric.labels, merge="sum")
