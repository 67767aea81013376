"""Where metrics are declared, and from which they are exposed."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol, overload

from deskwatch.catalog.metric import Metric
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics.counter import Counter
from deskwatch.client.metrics.declare import check_buckets, check_labels, check_name
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import prometheus_client_text
from deskwatch.client.metrics.family import Child, ChildT, Family
from deskwatch.client.metrics.gauge import Gauge
from deskwatch.client.metrics.histogram import DEFAULT_BUCKETS, Histogram
from deskwatch.client.otlp import export_where_asked

MAX_LABEL_SETS: Final = 2_000
"""A metric.

Source: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits (default 2000)
"""

DROPS_NAME: Final = "deskwatch_client_drops_total"

MAX_SERIES: Final = 20_000
"""A process: ten metrics at their limit, about 12 MB (peers.md measured 0.6 kB a line)."""


class Shown(Protocol):
    """What sets its gauges only when somebody looks."""

    def show(self) -> None:
        """Set the gauges, in the thread of the scrape."""
        ...


class Registry:
    """A set of metrics with unique names.

    Declaring raises ``ValueError`` for what is wrong; after that nothing does. Declaring the same metric again gives
    the same metric, so that two parts of a bot may share one.

    Args:
        max_label_sets: Label sets a metric; what is beyond goes to one overflow series.
        max_series: Label sets of all metrics together.
    """

    def __init__(self, *, max_label_sets: int = MAX_LABEL_SETS, max_series: int = MAX_SERIES) -> None:
        self._max_label_sets = max_label_sets
        self._series_left = max_series
        self._families: dict[str, Family[Any]] = {}
        self._shapes: dict[str, object] = {DROPS_NAME: DROPS_NAME}
        self._before: weakref.WeakSet[Shown] = weakref.WeakSet()
        self.drops = Drops()
        renew_after_fork(self)

    @overload
    def counter(self, name: str, documentation: str) -> Counter: ...
    @overload
    def counter(self, name: str, documentation: str, labels: Sequence[str]) -> Family[Counter]: ...
    def counter(self, name: str, documentation: str, labels: Sequence[str] | None = None) -> Counter | Family[Counter]:
        """Declare a number that only goes up; its name ends in ``_total``.

        Raises:
            ValueError: The name or a label cannot be used, or is taken by another metric.
        """
        return self._declare(name, documentation, "counter", labels, lambda text: Counter(name, text, self.drops))

    @overload
    def gauge(self, name: str, documentation: str) -> Gauge: ...
    @overload
    def gauge(self, name: str, documentation: str, labels: Sequence[str]) -> Family[Gauge]: ...
    def gauge(self, name: str, documentation: str, labels: Sequence[str] | None = None) -> Gauge | Family[Gauge]:
        """Declare a number that goes up and down.

        Raises:
            ValueError: The name or a label cannot be used, or is taken by another metric.
        """
        return self._declare(name, documentation, "gauge", labels, lambda text: Gauge(name, text, self.drops))

    @overload
    def histogram(self, name: str, documentation: str, *, buckets: Sequence[float] = DEFAULT_BUCKETS) -> Histogram: ...
    @overload
    def histogram(
        self, name: str, documentation: str, labels: Sequence[str], buckets: Sequence[float] = DEFAULT_BUCKETS
    ) -> Family[Histogram]: ...
    def histogram(
        self,
        name: str,
        documentation: str,
        labels: Sequence[str] | None = None,
        buckets: Sequence[float] = DEFAULT_BUCKETS,
    ) -> Histogram | Family[Histogram]:
        """Declare a distribution.

        Args:
            name: Its name, with the unit: ``order_latency_seconds``.
            documentation: Its help text.
            labels: The names of its labels.
            buckets: Upper bounds, rising; ``+Inf`` is always there.

        Raises:
            ValueError: The name, a label or a bound cannot be used, or the name is taken.
        """
        bounds = check_buckets(name, buckets)
        return self._declare(
            name, documentation, "histogram", labels, lambda text: Histogram(name, text, self.drops, bounds), bounds
        )

    def family(self, metric: Metric) -> Family[Any]:
        """Declare a metric of the catalogue and return its family; ``labels()`` is the series of one without labels.

        Raises:
            ValueError: The name or a label cannot be used, or the name is taken by another metric.
        """
        labels = metric.labels or None
        if metric.kind == "counter":
            self.counter(metric.name, metric.help, labels)  # type: ignore[arg-type]
        elif metric.kind == "gauge":
            self.gauge(metric.name, metric.help, labels)  # type: ignore[arg-type]
        else:
            self.histogram(metric.name, metric.help, labels, metric.buckets or DEFAULT_BUCKETS)  # type: ignore[arg-type]
        return self._families[metric.name]

    def _declare(
        self,
        name: str,
        documentation: str,
        kind: str,
        labels: Sequence[str] | None,
        make: Callable[[str], ChildT],
        *settings: object,
    ) -> ChildT | Family[ChildT]:
        check_name(name, kind)
        label_names = () if labels is None else check_labels(name, labels, kind)
        family = self._known(name, (kind, label_names, *settings))
        if family is None:
            family = Family(name, documentation, kind, label_names, make=make, room=self._take_room, drops=self.drops)
            self._families[name] = family
        return family if label_names else family.only()

    def _known(self, name: str, shape: tuple[object, ...]) -> Family[Any] | None:
        for taken in _sample_names(name, shape[0]):
            known = self._shapes.get(taken)
            if known is not None and known != (name, shape):
                raise ValueError(f"{taken} is already declared as {known}; choose another name than {name!r}")
        for taken in _sample_names(name, shape[0]):
            self._shapes[taken] = (name, shape)
        return self._families.get(name)

    def _take_room(self, label_sets: int) -> bool:
        if label_sets >= self._max_label_sets or self._series_left <= 0:
            return False
        self._series_left -= 1
        return True

    def show_before_exposing(self, shown: Shown) -> None:
        """Have ``shown.show()`` called before each exposition; the object is not kept alive by this."""
        self._before.add(shown)

    def _show(self) -> None:
        for shown in list(self._before):
            try:
                shown.show()
            except Exception:  # noqa: BLE001  (one that fails must not hide all others)
                self.drops.count(DropReason.INTERNAL)

    def expose(self, *, with_prometheus_client: bool = True) -> bytes:
        """Return everything in the Prometheus text format.

        Args:
            with_prometheus_client: Also write what lives in prometheus-client's default registry.
        """
        self._show()
        lines: list[str] = []
        for family in list(self._families.values()):
            family.write(lines)
        rest = self._rest() if with_prometheus_client else b""
        self._write_drops(lines)
        return "\n".join([*lines, ""]).encode() + rest

    def _rest(self) -> bytes:
        try:
            return prometheus_client_text(list(self._shapes), self.drops)
        except Exception:  # noqa: BLE001  (a collector of the host may raise anything; our own series go out)
            self.drops.count(DropReason.COLLECTOR)
            return b""

    def _write_drops(self, lines: list[str]) -> None:
        lines.append(f"# HELP {DROPS_NAME} What the client in the bot had to drop.\n# TYPE {DROPS_NAME} counter")
        lines.extend(f'{DROPS_NAME}{{reason="{reason}"}} {float(n)}' for reason, n in self.drops.read().items())

    def families(self) -> list[Family[Any]]:
        """Return all metrics, in the order in which they were declared."""
        return list(self._families.values())

    def after_fork(self) -> None:
        """Give every series its locks anew."""
        for family in self._families.values():
            child: Child
            for child in family:
                child.after_fork()


def _sample_names(name: str, kind: object) -> tuple[str, ...]:
    if kind == "histogram":
        return (name, f"{name}_bucket", f"{name}_sum", f"{name}_count")
    return (name,)


@lru_cache(maxsize=1)
def default_registry() -> Registry:
    """Return the registry of this process, which recorders use unless they are given another."""
    registry = Registry()
    export_where_asked(registry)
    return registry
