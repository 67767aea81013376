"""Read the shipped prices."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

FILE = "btc-perp-2022-01-1m.csv.gz"


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute of trading.

    Attributes:
        time_seconds: The bar's start, Unix seconds, UTC.
        open: First price, in USD.
        high: Highest price.
        low: Lowest price.
        close: Last price.
    """

    time_seconds: float
    open: float
    high: float
    low: float
    close: float


def bars() -> Iterator[Bar]:
    """Yield the bars in order of time."""
    with (files("deskwatch.demo") / "data" / FILE).open("rb") as packed, gzip.open(packed, "rt") as lines:
        for row in csv.DictReader(lines):
            yield Bar(
                datetime.fromisoformat(row["timestamp"]).timestamp(),
                float(row["open"]),
                float(row["high"]),
                float(row["low"]),
                float(row["close"]),
            )
