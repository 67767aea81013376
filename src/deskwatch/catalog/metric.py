"""What a metric is, before anything records on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family.

    Attributes:
        name: Its name; a counter's ends in ``_total``.
        kind: counter, gauge or histogram.
        help: What it says, one line.
        labels: The names of its labels, in the order in which ``labels(...)`` takes them.
        unit: What the number is in: ``seconds``, ``bytes``, ``ratio`` (0 to 1); empty for a count.
        buckets: Upper bounds of a histogram, rising, in ``unit``; empty for the default ones.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    buckets: tuple[float, ...] = ()
