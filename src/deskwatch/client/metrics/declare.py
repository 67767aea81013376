"""Check a declaration: the one place of the client that raises, before the bot trades.

Source:  https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from deskwatch.catalog.metric import Kind

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric as it was declared, and found right.

    Attributes:
        name: Its name.
        documentation: Its help text.
        kind: counter, gauge or histogram.
        label_names: The names, in order; empty for a metric without labels.
    """

    name: str
    documentation: str
    kind: Kind
    label_names: tuple[str, ...] = ()


def declare(name: str, documentation: str, kind: Kind, labels: Sequence[str] | None) -> Declared:
    """Return the declaration, checked.

    Raises:
        ValueError: Says what would be right.
    """
    check_name(name, kind)
    return Declared(name, documentation, kind, () if labels is None else check_labels(name, labels, kind))


def check_name(name: object, kind: str) -> None:
    """Refuse a metric name that Prometheus or a reader would stumble over.

    Raises:
        ValueError: Says what would be right.
    """
    if not isinstance(name, str) or not _METRIC_NAME.fullmatch(name):
        raise ValueError(f"a metric name has letters, digits and _, and starts with no digit, was {name!r}")
    if kind == "counter" and not name.endswith("_total"):
        raise ValueError(f"a counter's name ends in _total: {name}_total, was {name!r}")
    if kind != "counter" and name.endswith("_total"):
        raise ValueError(f"only a counter's name ends in _total; a {kind} would be {name[:-6]!r}, was {name!r}")
    if kind == "histogram" and name.endswith(_HISTOGRAM_SUFFIXES):
        raise ValueError(f"a histogram adds _bucket, _sum and _count itself, was {name!r}")


def check_labels(name: str, labels: Sequence[str], kind: str) -> tuple[str, ...]:
    """Return the label names as a tuple.

    Raises:
        ValueError: Says what would be right.
    """
    if isinstance(labels, str):
        raise ValueError(f"labels of {name} are a tuple of names: ({labels!r},), was {labels!r}")  # noqa: TRY004
    names = tuple(labels)
    if not names:
        raise ValueError(f"labels of {name} name at least one label; leave labels out for a metric without")
    for label in names:
        _check_label(name, label, kind)
    if len(set(names)) != len(names):
        raise ValueError(f"labels of {name} are named once each, were {names!r}")
    return names


def _check_label(name: str, label: object, kind: str) -> None:
    if not isinstance(label, str) or not _LABEL_NAME.fullmatch(label):
        raise ValueError(f"a label of {name} has letters, digits and _, and starts with no digit, was {label!r}")
    if label.startswith("__"):
        raise ValueError(f"a label of {name} may not start with __, which is Prometheus's own, was {label!r}")
    if kind == "histogram" and label == "le":
        raise ValueError(f"the label le of {name} is the histogram's own; choose another name")


def check_buckets(name: str, buckets: Sequence[float]) -> tuple[float, ...]:
    """Return the upper bounds of the buckets, without the +Inf that is always there.

    Raises:
        ValueError: Says what would be right.
    """
    bounds = tuple(float(bound) for bound in buckets)
    if bounds and bounds[-1] == math.inf:
        bounds = bounds[:-1]
    rising = all(low < high for low, high in pairwise(bounds))
    if not bounds or not rising or not all(map(math.isfinite, bounds)):
        raise ValueError(f"buckets of {name} are finite bounds that rise, such as (0.1, 0.5, 1), were {buckets!r}")
    return bounds
