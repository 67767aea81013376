"""Read an exposition back into what OTLP knows: sums, gauges, histograms, summaries.

Way:     ``Registry.expose`` → [points] → encode. What goes out is what ``/metrics`` shows, to the last series: ours,
         prometheus-client's, those of own registries, and in several processes their sum.
Threads: the thread of the export. It lets others run after each fifty lines or points, so that the strategy does not
         wait for a whole exposition.
Source:  https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.samples import Sample

Labels = tuple[tuple[str, str], ...]
Kind = Literal["sum", "gauge", "histogram", "summary"]

AT_A_TIME: Final = 50
"""Lines or points: less than a millisecond of work, at 16 µs a line for prometheus-client's parser."""

ItemT = TypeVar("ItemT")


class Number(NamedTuple):
    """A value of a sum or a gauge."""

    labels: Labels
    value: float


class Distribution(NamedTuple):
    """A histogram: the number of values in each bucket, not cumulative, one more than there are bounds."""

    labels: Labels
    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


class Quantiles(NamedTuple):
    """A summary."""

    labels: Labels
    quantiles: tuple[tuple[float, float], ...]
    values: int
    total: float


Point = Number | Distribution | Quantiles


class Stream(NamedTuple):
    """A metric and its points, one a label set."""

    name: str
    help: str
    kind: Kind
    points: list[Point]


def read_streams(exposition: bytes) -> Iterator[Stream]:
    """Return every metric of an exposition in the text format, version 0.0.4."""
    from prometheus_client.parser import text_fd_to_metric_families  # noqa: PLC0415  (only who exports pays for it)

    for family in text_fd_to_metric_families(in_turns(exposition.decode().split("\n"))):  # type: ignore[arg-type]
        yield from _streams(family)


def in_turns(items: Iterable[ItemT]) -> Iterator[ItemT]:
    """Return the items, and let other threads run after each fifty of them."""
    for number, item in enumerate(items):
        if number % AT_A_TIME == 0:
            time.sleep(0)
        yield item


def _streams(family: Metric) -> Iterator[Stream]:
    if family.type == "histogram":
        yield Stream(family.name, family.documentation, "histogram", _distributions(family))
    elif family.type == "summary":
        yield Stream(family.name, family.documentation, "summary", _summaries(family))
    else:
        kind: Kind = "sum" if family.type == "counter" else "gauge"
        numbers: dict[str, list[Point]] = defaultdict(list)
        for sample in family.samples:
            numbers[sample.name].append(Number(_labels(sample), sample.value))
        for name, points in numbers.items():
            yield Stream(name, family.documentation, kind, points)


def _distributions(family: Metric) -> list[Point]:
    cumulative: dict[Labels, dict[float, int]] = defaultdict(dict)
    for sample in family.samples:
        if sample.name.endswith("_bucket"):
            cumulative[_labels(sample, "le")][float(sample.labels["le"])] = int(sample.value)
    totals = _by_labels(family, "_sum")
    return [_distribution(labels, buckets, totals.get(labels, 0.0)) for labels, buckets in cumulative.items()]


def _distribution(labels: Labels, cumulative: dict[float, int], total: float) -> Distribution:
    bounds = sorted(cumulative)
    below = [0, *(cumulative[bound] for bound in bounds)]
    counts = tuple(upto - before for before, upto in pairwise(below))
    return Distribution(labels, tuple(bound for bound in bounds if bound < math.inf), counts, total)


def _summaries(family: Metric) -> list[Point]:
    totals, quantiles = _by_labels(family, "_sum"), defaultdict(list)
    for sample in family.samples:
        if "quantile" in sample.labels:
            quantiles[_labels(sample, "quantile")].append((float(sample.labels["quantile"]), sample.value))
    return [
        Quantiles(labels, tuple(quantiles[labels]), int(count), totals.get(labels, 0.0))
        for labels, count in _by_labels(family, "_count").items()
    ]


def _by_labels(family: Metric, ending: str) -> dict[Labels, float]:
    return {_labels(sample): sample.value for sample in family.samples if sample.name == family.name + ending}


def _labels(sample: Sample, without: str = "") -> Labels:
    return tuple(sorted((name, value) for name, value in sample.labels.items() if name != without))
