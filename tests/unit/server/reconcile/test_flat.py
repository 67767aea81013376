"""A halted bot is flat only when two witnesses say so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from prometheus_client import CollectorRegistry

from deskwatch.model import Event, EventKind
from deskwatch.server.reconcile import FlatCheck, FlatVerdict, judge
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio

Q = Mapping[str, Decimal]
ZERO: Q = {"BTC": Decimal(0)}
LONG: Q = {"BTC": Decimal("0.5")}


@pytest.mark.parametrize(
    ("reported", "summed", "verdict"),
    [
        (ZERO, ZERO, FlatVerdict.FLAT),
        ({"BTC": Decimal("1e-12")}, ZERO, FlatVerdict.FLAT),
        (LONG, ZERO, FlatVerdict.OPEN),
        (ZERO, LONG, FlatVerdict.OPEN),
        (ZERO, {"BTC": Decimal("-0.5")}, FlatVerdict.OPEN),
        (None, LONG, FlatVerdict.OPEN),
        (None, ZERO, FlatVerdict.UNKNOWN),
        (ZERO, None, FlatVerdict.UNKNOWN),
        (None, None, FlatVerdict.UNKNOWN),
    ],
)
def test_flat_needs_both_witnesses_and_silence_is_unknown(reported: Q, summed: Q, verdict: FlatVerdict) -> None:
    assert judge(reported, summed) is verdict


class Stand:
    """Answers what it is told to, and keeps what is recorded."""

    def __init__(self) -> None:
        self.says: tuple[Q | None, Q | None] = (None, None)
        self.events: list[Event] = []

    async def reported(self, bot: str, after_ms: int) -> Q | None:
        return self.says[0]

    async def summed(self, bot: str) -> Q | None:
        return self.says[1]

    async def record(self, event: Event) -> None:
        self.events.append(event)


async def test_it_waits_for_both_and_then_says_flat_once() -> None:
    stand, clock, registry = Stand(), ManualClock(), CollectorRegistry()
    check = FlatCheck(stand, stand, clock, registry)
    check.begin("a", clock.now_ms())
    for says in ((LONG, ZERO), (None, ZERO), (ZERO, ZERO), (ZERO, ZERO)):
        stand.says = says
        await check.step()
    assert [event.kind for event in stand.events] == [EventKind.POSITION_FLAT]
    assert stand.events[0].detail["sum_of_fills"] == {"BTC": "0"}


async def test_what_is_still_open_at_the_deadline_is_told_once_and_shown_until_flat() -> None:
    stand, clock, registry = Stand(), ManualClock(), CollectorRegistry()
    check = FlatCheck(stand, stand, clock, registry, deadline_seconds=60)
    check.begin("a", clock.now_ms())
    stand.says = (ZERO, LONG)
    for _ in range(4):
        clock.advance(30)
        await check.step()
    overdue = {"bot": "a"}
    assert registry.get_sample_value("deskwatch_flat_check_overdue", overdue) == 1
    stand.says = (ZERO, ZERO)
    await check.step()
    assert registry.get_sample_value("deskwatch_flat_check_overdue", overdue) == 0
    assert [event.kind for event in stand.events] == [EventKind.POSITION_NOT_FLAT, EventKind.POSITION_FLAT]
