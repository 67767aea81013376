"""What lives in registries of prometheus-client in this process: its default one, and those of ``MetricsExporter``.

Way:     REGISTRY and attached registries → [foreign]: each name once → exposition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from deskwatch.client import diagnostics
from deskwatch.client.metrics.drops import DropReason, Drops

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

MAX_ATTACHED: Final = 100
"""Registries; a class of own metrics is made once a process, and a hundred kinds are more than any bot has."""

_attached: list[CollectorRegistry] = []


def attach(registry: CollectorRegistry) -> None:
    """Expose this registry too, in every exposition of the process.

    Raises:
        ValueError: There are 100 already, as when one is made for each order.
    """
    if len(_attached) >= MAX_ATTACHED:
        raise ValueError(f"there are {MAX_ATTACHED} registries of own metrics already; make one a process and keep it")
    _attached.append(registry)


def detach(registry: CollectorRegistry) -> None:
    """Expose it no more."""
    _attached[:] = [kept for kept in _attached if kept is not registry]


def foreign_metrics(taken: Iterable[str], drops: Drops) -> Iterator[Metric]:
    """Return the metrics of all registries, each name once, whatever their collectors do.

    Args:
        taken: Names of the samples that were already written; a second one of the same name would make the whole
            exposition invalid, so the first that has a name keeps it.
        drops: Counts a registry whose collector failed.
    """
    from prometheus_client import REGISTRY  # noqa: PLC0415  (87 ms that a bot that serves nothing saves)

    seen = set(taken)
    for registry in (REGISTRY, *_attached):
        for metric in _collected(registry, drops):
            names = _names(metric)
            if seen.isdisjoint(names):
                seen |= names
                yield metric
            elif registry is not REGISTRY:
                diagnostics.say("name", f"metric {metric.name} is not shown: another has its name; rename one of them")


def _collected(registry: CollectorRegistry, drops: Drops) -> list[Metric]:
    try:
        return list(registry.collect())
    except Exception:  # noqa: BLE001  (a collector of the host may raise anything; the other registries go out)
        drops.count(DropReason.COLLECTOR)
        return []


def _names(metric: Metric) -> set[str]:
    """Return every name that the text of the metric holds: of its samples, and of its header."""
    header = f"{metric.name}_total" if metric.type == "counter" else metric.name
    return {header, *(sample.name for sample in metric.samples)}
