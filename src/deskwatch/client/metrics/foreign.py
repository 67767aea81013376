"""What lives in registries of prometheus-client in this process: its default one, and those of ``MetricsExporter``.

Way:     REGISTRY and attached registries → [foreign]: each name once → exposition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from copy import copy
from typing import TYPE_CHECKING, Final

from deskwatch.client import diagnostics
from deskwatch.client.metrics.drops import DropReason, Drops

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric
    from prometheus_client.registry import Collector

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


def registries() -> list[Collector]:
    """Return the registries of this process, the default one first."""
    from prometheus_client import REGISTRY  # noqa: PLC0415  (87 ms that a bot that serves nothing saves)

    return [REGISTRY, *_attached]


def foreign_metrics(sources: Iterable[Collector], taken: Iterable[str], drops: Drops) -> Iterator[Metric]:
    """Return the metrics of all sources, each name once, whatever their collectors do.

    Args:
        sources: What collects them, such as ``registries()``.
        taken: Names of the samples that were already written; a second one of the same name would make the whole
            exposition invalid, so the first that has a name keeps it.
        drops: Counts a source that failed.
    """
    seen = set(taken)
    for source in sources:
        for metric in _collected(source, drops):
            rest = _beside(metric, seen)
            if rest is not None:
                seen |= _names(rest)
                yield rest
            elif source in _attached:
                diagnostics.say("name", f"metric {metric.name} is not shown: another has its name; rename one of them")


def _beside(metric: Metric, taken: Collection[str]) -> Metric | None:
    """Return what of a metric can stand beside the names that are taken; only a ``_created`` is cut off."""
    clashes = {name for name in _names(metric) if name in taken}
    if clashes != {f"{metric.name}_created"}:
        return None if clashes else metric
    rest = copy(metric)
    rest.samples = [sample for sample in metric.samples if sample.name not in clashes]
    return rest


def _collected(source: Collector, drops: Drops) -> list[Metric]:
    try:
        return list(source.collect())
    except Exception:  # noqa: BLE001  (a collector of the host may raise anything; the other registries go out)
        drops.count(DropReason.COLLECTOR)
        return []


def _names(metric: Metric) -> set[str]:
    """Return every name that the text of the metric holds: of its samples, and of its header."""
    header = f"{metric.name}_total" if metric.type == "counter" else metric.name
    return {header, *(sample.name for sample in metric.samples)}
