"""After a guard has tripped: is the position really zero?

Two witnesses must both say so: the position that the bot exposes, in a sample taken after the trip, and the sum
of the fills that it recorded. A witness that says nothing is *unknown*, never *flat*. What does not come to zero
in the time allowed is told to a person.

Time:    durations on the monotonic clock, stamps in wall milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Gauge

from deskwatch.model import Clock, Event, EventKind

DEADLINE_SECONDS: Final = 60.0
"""DESIGN, Actions: at most 60 s, then a page with what remains."""

DUST: Final = Decimal("1e-9")
"""A rest below this is rounding of floats in the bot, not a position."""

Quantities = Mapping[str, Decimal]
"""Position by symbol, signed."""


class FlatVerdict(StrEnum):
    """What the witnesses say together."""

    FLAT = "flat"
    OPEN = "open"
    UNKNOWN = "unknown"


class Witnesses(Protocol):
    """Who is asked."""

    async def reported(self, bot: str, after_ms: int) -> Quantities | None:
        """Return the position as the bot exposes it in a sample younger than ``after_ms``; None without one."""
        ...

    async def summed(self, bot: str) -> Quantities | None:
        """Return the sum of the recorded fills; None when there is none."""
        ...


class Journal(Protocol):
    """Where the verdict goes."""

    async def record(self, event: Event) -> None:
        """Commit the event."""
        ...


@dataclass(slots=True)
class _Open:
    tripped_at_ms: int
    since_seconds: float
    overdue: bool = False


def judge(reported: Quantities | None, summed: Quantities | None) -> FlatVerdict:
    """Return what the two witnesses say together.

    Args:
        reported: What the bot exposes.
        summed: What its fills sum to.
    """
    if any(_remains(quantities) for quantities in (reported, summed)):
        return FlatVerdict.OPEN
    if reported is None or summed is None:
        return FlatVerdict.UNKNOWN
    return FlatVerdict.FLAT


class FlatCheck:
    """Follows every tripped bot until it is flat.

    Args:
        witnesses: Who is asked.
        journal: Where ``position_flat`` and ``position_not_flat`` are committed.
        clock: The time.
        registry: Gets ``deskwatch_flat_check_overdue``, which the rule PositionNotFlat reads.
        deadline_seconds: When a position that is still open becomes an alert.
    """

    def __init__(
        self,
        witnesses: Witnesses,
        journal: Journal,
        clock: Clock,
        registry: CollectorRegistry,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._witnesses = witnesses
        self._journal = journal
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._open: dict[str, _Open] = {}
        self._overdue = Gauge(
            "deskwatch_flat_check_overdue",
            "1 while a halted bot is not flat in the time allowed.",
            ["bot"],
            registry=registry,
        )

    def begin(self, bot: str, tripped_at_ms: int) -> None:
        """Follow the bot from its trip on."""
        self._open[bot] = _Open(tripped_at_ms, self._clock.monotonic())

    def following(self, bot: str) -> bool:
        """Say whether the bot is being followed."""
        return bot in self._open

    async def step(self) -> None:
        """Ask the witnesses about every bot that is being followed."""
        for bot, trip in list(self._open.items()):
            reported = await self._witnesses.reported(bot, trip.tripped_at_ms)
            summed = await self._witnesses.summed(bot)
            verdict = judge(reported, summed)
            if verdict is FlatVerdict.FLAT:
                await self._record(EventKind.POSITION_FLAT, bot, verdict, reported, summed)
                del self._open[bot]
                self._overdue.labels(bot).set(0)
            elif self._is_overdue(trip):
                await self._record(EventKind.POSITION_NOT_FLAT, bot, verdict, reported, summed)
                trip.overdue = True
                self._overdue.labels(bot).set(1)

    def _is_overdue(self, trip: _Open) -> bool:
        waited = self._clock.monotonic() - trip.since_seconds
        return not trip.overdue and waited >= self._deadline_seconds

    async def _record(
        self,
        kind: EventKind,
        bot: str,
        verdict: FlatVerdict,
        reported: Quantities | None,
        summed: Quantities | None,
    ) -> None:
        detail = {"verdict": str(verdict), "reported": _text(reported), "sum_of_fills": _text(summed)}
        await self._journal.record(Event(kind, self._clock.now_ms(), bot=bot, subject="position", detail=detail))


def _remains(quantities: Quantities | None) -> bool:
    return quantities is not None and any(abs(quantity) > DUST for quantity in quantities.values())


def _text(quantities: Quantities | None) -> dict[str, str] | None:
    return (
        None if quantities is None else {symbol: f"{quantity.normalize():f}" for symbol, quantity in quantities.items()}
    )
