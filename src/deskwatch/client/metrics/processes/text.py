"""Write merged numbers in the text format."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from deskwatch.catalog.metric import Kind
from deskwatch.client.metrics.declare import Declared
from deskwatch.client.metrics.exposition import header, label_text, number_text, series_prefix
from deskwatch.client.metrics.histogram import bucket_prefixes
from deskwatch.client.metrics.processes.merge import Merged

MAX_KEYS: Final = 200_000
"""Keys remembered: ten processes with all the series that a registry gives room to."""


class Place(NamedTuple):
    """Where a number goes, as its key says.

    Attributes:
        declared: The family.
        sample: The name on the line.
        labels: The labels on the line, without a bucket's bound.
        bound: The upper bound of a bucket; ``None`` for any other number.
    """

    declared: Declared
    sample: str
    labels: str
    bound: float | None


@lru_cache(maxsize=MAX_KEYS)
def place_of(prefix: str, key: str) -> Place | None:
    """Read a key of a file whose name begins so; return ``None`` for one that cannot be read."""
    try:
        family, sample, labels, documentation = json.loads(key)
        kind: Kind = "counter" if prefix == "counter" else "histogram" if prefix == "histogram" else "gauge"
        bound = float(labels.pop("le")) if kind == "histogram" and "le" in labels else None
        declared = Declared(sample if kind == "counter" else family, documentation, kind)
        return Place(declared, sample, label_text(tuple(labels), tuple(labels.values())), bound)
    except (ValueError, TypeError, AttributeError):
        return None


class _Family:
    """The numbers of one family, by labels and bound."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.samples: set[str] = set()
        self.numbers: dict[str, dict[float | None, float]] = {}

    def lines(self) -> list[str]:
        name = self.declared.name
        if self.declared.kind != "histogram":
            plain = ((series_prefix(name, labels), numbers[None]) for labels, numbers in self.numbers.items())
            return [header(self.declared), *(prefix + number_text(value) for prefix, value in plain)]
        lines = [header(self.declared)]
        for labels, numbers in self.numbers.items():
            lines.extend(_histogram(name, labels, dict(numbers)))
        return lines


def _histogram(name: str, labels: str, numbers: dict[float | None, float]) -> list[str]:
    total = numbers.pop(None, 0.0)
    bounds = sorted(bound for bound in numbers if bound is not None)
    cumulative = list(accumulate(numbers[bound] for bound in bounds))
    values = [*cumulative, total, cumulative[-1]]
    prefixes = bucket_prefixes(name, labels, bounds[:-1])
    return [prefix + number_text(value) for prefix, value in zip(prefixes, values, strict=True)]


def merged_lines(merged: Merged) -> tuple[list[str], set[str]]:
    """Return the lines of all families, and the names that they take."""
    families: dict[str, _Family] = {}
    for prefix, values in merged.items():
        for key, value in values.items():
            place = place_of(prefix, key)
            if place is None:
                continue
            family = families.get(place.declared.name) or families.setdefault(
                place.declared.name, _Family(place.declared)
            )
            family.samples.add(place.sample)
            family.numbers.setdefault(place.labels, {})[place.bound] = value
    lines = [line for family in families.values() for line in family.lines()]
    return lines, {name for family in families.values() for name in (family.declared.name, *family.samples)}
