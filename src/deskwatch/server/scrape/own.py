"""Read the server's own metrics, so that rules may watch the watcher."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from deskwatch.model import METRIC_NAME, Labels, Scrape

SOURCE = "own:deskwatch"


class OwnMetrics:
    """Turns the server's registry into samples.

    Args:
        registry: Where every stage counts itself.
        instance: The label ``instance``; ``job`` is ``deskwatch``.
    """

    def __init__(self, registry: CollectorRegistry, instance: str) -> None:
        self._registry = registry
        self._labels = {"job": "deskwatch", "instance": instance}
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], Labels] = {}
        self._series: tuple[Labels, ...] = ()

    def scrape(self, now_ms: int) -> Scrape:
        """Return all of the server's samples as of now."""
        series, values = [], []
        for family in self._registry.collect():
            for sample in family.samples:
                series.append(self._name(sample.name, sample.labels))
                values.append(float(sample.value))
        if tuple(series) != self._series:
            self._series = tuple(series)
        return Scrape(SOURCE, now_ms, self._series, values)

    def _name(self, name: str, labels: dict[str, str]) -> Labels:
        key = (name, tuple(labels.items()))
        known = self._known.get(key)
        if known is None:
            # A label of the sample wins: bot_up{bot="a"} is about bot a, whoever says it.
            known = self._known[key] = Labels({**self._labels, **labels, METRIC_NAME: name})
        return known
