"""A value at a time, and what one scrape brings."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deskwatch.model.labels import Labels

STALE_NAN_BITS: Final = 0x7FF0000000000002
"""The NaN that says "this series ended": prometheus/model/value/value.go (StaleNaN)."""

STALE_NAN: Final[float] = struct.unpack("<d", struct.pack("<Q", STALE_NAN_BITS))[0]


def is_stale(value: float) -> bool:
    """Say whether the value is the marker of an ended series; an ordinary NaN is not."""
    return math.isnan(value) and struct.unpack("<Q", struct.pack("<d", value))[0] == STALE_NAN_BITS


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series."""

    labels: Labels
    ts_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Scrape:
    """All that one source said at one moment.

    A source is a target, a push group or a rule. Its scrape is complete: a series that it named last time
    and does not name now has ended. ``series`` is the very same tuple as long as the source names the same
    series, so that a store may recognise the layout by identity.

    Attributes:
        source: Names the source, such as ``scrape:demo`` or ``rule:risk/0``.
        ts_ms: When, in milliseconds.
        series: The labels of each value.
        values: One value each, in the order of ``series``.
    """

    source: str
    ts_ms: int
    series: tuple[Labels, ...]
    values: Sequence[float]
