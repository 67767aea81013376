"""The sample store counts itself: what it holds, what it refused, whether its file is attached."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from deskwatch.server.storage.samples.store import SampleStats


class SampleCounts(Collector):
    """Shows the store's figures on ``/metrics``.

    Args:
        stats: Asks the store.
    """

    def __init__(self, stats: Callable[[], SampleStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        """Yield the figures as they are now."""
        now = self._stats()
        yield GaugeMetricFamily("deskwatch_samples_series", "Series in memory.", now.series)
        yield CounterMetricFamily("deskwatch_samples_appended", "Samples kept.", now.appended)
        yield CounterMetricFamily("deskwatch_samples_flushed", "Samples written to the file.", now.flushed)
        refused = CounterMetricFamily("deskwatch_samples_refused", "Scrapes that were not kept.", labels=["reason"])
        for reason, count in now.refused.items():
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "deskwatch_samples_history", "1 while the file of samples is attached.", int(now.history)
        )
        yield GaugeMetricFamily("deskwatch_samples_faults", "Faults of the file since the start.", len(now.faults))
