"""Where metrics are declared, and from which they are exposed."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Final, Protocol, overload

from deskwatch.catalog.metric import Metric
from deskwatch.client import diagnostics
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics.counter import Counter
from deskwatch.client.metrics.declare import Declared, check_buckets, declare
from deskwatch.client.metrics.drops import DROPS, DropReason
from deskwatch.client.metrics.family import OVERFLOW, Child, ChildT, Family
from deskwatch.client.metrics.gauge import Gauge, Merge
from deskwatch.client.metrics.histogram import DEFAULT_BUCKETS, Histogram
from deskwatch.client.metrics.keeper import Keeper, keeper_for
from deskwatch.client.otlp import export_where_asked

MAX_LABEL_SETS: Final = 2_000
"""A metric.

Source: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits (default 2000)
"""

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
        keeper: Who keeps the values. By default this process for itself; with ``PROMETHEUS_MULTIPROC_DIR`` set, all
            processes that name the same folder together, and each of them exposes what all of them recorded.
    """

    def __init__(
        self,
        *,
        max_label_sets: int = MAX_LABEL_SETS,
        max_series: int = MAX_SERIES,
        keeper: Keeper | None = None,
    ) -> None:
        self._max_label_sets = max_label_sets
        self._max_series = self._series_left = max_series
        self._told_full: set[str] = set()
        self._families: dict[str, Family[Any]] = {}
        self._shapes: dict[str, object] = {DROPS.name: DROPS.name}
        self._before: weakref.WeakSet[Shown] = weakref.WeakSet()
        self._keeper = keeper if keeper is not None else keeper_for(os.environ)
        self.drops = self._keeper.drops
        renew_after_fork(self)

    @property
    def shared(self) -> bool:
        """Whether the metrics of several processes are counted together."""
        return self._keeper.shared

    @overload
    def counter(self, name: str, documentation: str) -> Counter: ...
    @overload
    def counter(self, name: str, documentation: str, labels: Sequence[str]) -> Family[Counter]: ...
    def counter(self, name: str, documentation: str, labels: Sequence[str] | None = None) -> Counter | Family[Counter]:
        """Declare a number that only goes up; its name ends in ``_total``.

        Raises:
            ValueError: The name or a label cannot be used, or is taken by another metric.
        """
        family = self._family(declare(name, documentation, "counter", labels), self._keeper.counter)
        return family if family.label_names else family.only()

    @overload
    def gauge(self, name: str, documentation: str, *, merge: Merge | None = None) -> Gauge: ...
    @overload
    def gauge(
        self, name: str, documentation: str, labels: Sequence[str], *, merge: Merge | None = None
    ) -> Family[Gauge]: ...
    def gauge(
        self, name: str, documentation: str, labels: Sequence[str] | None = None, *, merge: Merge | None = None
    ) -> Gauge | Family[Gauge]:
        """Declare a number that goes up and down.

        Args:
            name: Its name, with the unit: ``equity_usd``.
            documentation: Its help text.
            labels: The names of its labels.
            merge: How the values of several live processes become one: ``newest``, ``sum``, ``min`` or ``max``. By
                default a series is the sum if the first call on it is ``inc`` or ``dec``, and the newest otherwise.

        Raises:
            ValueError: The name or a label cannot be used, or is taken by another metric.
        """
        declared = declare(name, documentation, "gauge", labels)
        family = self._family(declared, partial(self._keeper.gauge, merge=merge), merge)
        return family if family.label_names else family.only()

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
        family = self._histogram(declare(name, documentation, "histogram", labels), buckets)
        return family if family.label_names else family.only()

    def family(self, metric: Metric) -> Family[Any]:
        """Declare a metric of the catalogue and return its family; ``labels()`` is the series of one without labels.

        Raises:
            ValueError: The name or a label cannot be used, or the name is taken by another metric.
        """
        declared = declare(metric.name, metric.help, metric.kind, metric.labels or None)
        if metric.kind == "counter":
            return self._family(declared, self._keeper.counter)
        if metric.kind == "gauge":
            return self._family(declared, partial(self._keeper.gauge, merge=None), None)
        return self._histogram(declared, metric.buckets or DEFAULT_BUCKETS)

    def _histogram(self, declared: Declared, buckets: Sequence[float]) -> Family[Histogram]:
        bounds = check_buckets(declared.name, buckets)
        return self._family(declared, partial(self._keeper.histogram, bounds=bounds), bounds)

    def _family(
        self, declared: Declared, make: Callable[[Declared, tuple[str, ...]], ChildT], *settings: object
    ) -> Family[ChildT]:
        family = self._known(declared, (declared.kind, declared.label_names, *settings))
        if family is None:
            family = Family(declared, make=partial(make, declared), room=self, drops=self.drops)
            self._families[declared.name] = family
            if not declared.label_names:
                family.only()
        return family

    def _known(self, declared: Declared, shape: tuple[object, ...]) -> Family[Any] | None:
        name = declared.name
        for taken in _sample_names(declared):
            known = self._shapes.get(taken)
            if known is not None and known != (name, shape):
                raise ValueError(f"{taken} is already declared as {known}; choose another name than {name!r}")
        for taken in _sample_names(declared):
            self._shapes[taken] = (name, shape)
        return self._families.get(name)

    def take_room(self, name: str, label_sets: int) -> bool:
        """Take the place of one more series of a metric that has so many, or say that there is none.

        The log is told once a metric; the drops count each time.
        """
        if label_sets < self._max_label_sets and self._series_left > 0:
            self._series_left -= 1
            return True
        if name not in self._told_full:
            self._told_full.add(name)
            self._tell_full(name, label_sets)
        return False

    def _tell_full(self, name: str, label_sets: int) -> None:
        if label_sets >= self._max_label_sets:
            what = f"{name} has {label_sets} label sets, its limit"
        else:
            what = f"{name} wants one more label set, and all metrics together have {self._max_series}, their limit"
        remedy = "find the label that grows: an id belongs into the log, or raise the limit in Registry(...)"
        diagnostics.say(
            f"full: {name}", f'{what}; what is beyond goes to one series with the labels "{OVERFLOW}"; {remedy}'
        )

    def show_before_exposing(self, shown: Shown) -> None:
        """Have ``shown.show()`` called before each exposition; the object is not kept alive by this."""
        self._before.add(shown)
        self._keeper.show_now_and_then(self)

    def show(self) -> None:
        """Have everything that shows itself before an exposition do so."""
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
        self.show()
        lines = self._keeper.lines(self.families())
        rest = self._rest() if with_prometheus_client else b""
        return "\n".join([*lines, *self._keeper.drop_lines(), ""]).encode() + rest

    def _rest(self) -> bytes:
        try:
            return self._keeper.prometheus_client_text(self._shapes)
        except Exception:  # noqa: BLE001  (a collector of the host may raise anything; our own series go out)
            self.drops.count(DropReason.COLLECTOR)
            return b""

    def families(self) -> list[Family[Any]]:
        """Return all metrics, in the order in which they were declared."""
        return list(self._families.values())

    def after_fork(self) -> None:
        """Give every series its locks anew."""
        self._keeper.after_fork()
        for family in self._families.values():
            child: Child
            for child in family:
                child.after_fork()


def _sample_names(declared: Declared) -> tuple[str, ...]:
    name = declared.name
    if declared.kind == "histogram":
        return (name, f"{name}_bucket", f"{name}_sum", f"{name}_count")
    return (name,)


@lru_cache(maxsize=1)
def default_registry() -> Registry:
    """Return the registry of this process, which recorders use unless they are given another."""
    registry = Registry()
    export_where_asked(registry)
    return registry
