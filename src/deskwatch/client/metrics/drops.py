"""Count what the client had to drop, by a closed reason."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from deskwatch.client.metrics.cell import Tally
from deskwatch.client.metrics.declare import Declared

DROPS: Final = Declared(
    "deskwatch_client_drops_total", "What the client in the bot had to drop.", "counter", ("reason",)
)


class DropReason(StrEnum):
    """Why something that the bot recorded was not kept; the value is the label ``reason``."""

    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NEGATIVE = "negative"
    LABELS = "labels"
    LABEL_SETS = "label_sets"
    FILL = "fill"
    ORDER = "order"
    MARK = "mark"
    EQUITY = "equity"
    FUNDING = "funding"
    SPLIT = "split"
    RATE = "rate"
    MARKET_TIME = "market_time"
    SYMBOLS = "symbols"
    QUEUE_FULL = "queue_full"
    CLOSED = "closed"
    REFUSED = "refused"
    UNENCODABLE = "unencodable"
    COLLECTOR = "collector"
    EXPORTER = "exporter"
    PUSH = "push"
    OTLP = "otlp"
    ARCHIVE = "archive"
    LATCH = "latch"
    CALLBACK = "callback"
    LOG = "log"
    ALERT = "alert"
    INTERNAL = "internal"


class Drops:
    """One tally a reason, all present from the start.

    Args:
        make: Makes the tally of a reason.
    """

    __slots__ = ("_tallies",)

    def __init__(self, make: Callable[[DropReason], Tally] = lambda _: Tally()) -> None:
        self._tallies = {reason: make(reason) for reason in DropReason}

    def count(self, reason: DropReason, times: int = 1) -> None:
        """Add to a reason; safe from any thread."""
        self._tallies[reason].add(times)

    def read(self) -> dict[DropReason, int]:
        """Return the number of drops by reason."""
        return {reason: tally.read() for reason, tally in self._tallies.items()}

    @property
    def total(self) -> int:
        """All drops together."""
        return sum(self.read().values())
