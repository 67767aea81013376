from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest

from client_fakes import CollectingLink
from deskwatch.client.guard import Allowed, Guard, GuardState, Intent, MaxDayLoss, MaxDrawdown, Readings, Trip, latch

FINE = Readings(equity=1000.0)
DEEP = Readings(equity=800.0, drawdown_ratio=0.2)
ALL = (Intent.ENTRY, Intent.EXIT, Intent.CANCEL)


@pytest.fixture
def link() -> CollectingLink:
    return CollectingLink()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "guard-default.json"


def guard_of(link: CollectingLink, **settings: object) -> Guard:
    return Guard([MaxDrawdown(0.15)], link=link, **settings)  # type: ignore[arg-type]


def test_it_is_closed_until_it_is_armed(link: CollectingLink) -> None:
    guard = guard_of(link)
    assert [guard.allow(intent) for intent in ALL] == [Allowed.NOT_ARMED, Allowed.NOT_ARMED, Allowed.YES]
    assert not guard.allow_entry()
    guard.check(FINE)
    assert [guard.allow(intent) for intent in ALL] == [Allowed.YES] * 3
    assert guard.allow_entry()


def test_halted_still_allows_cancels_and_nothing_else(link: CollectingLink) -> None:
    guard = guard_of(link)
    guard.check(DEEP)
    assert [guard.allow(intent) for intent in ALL] == [Allowed.HALTED, Allowed.HALTED, Allowed.YES]
    assert not guard.allow_entry()


def test_reducing_allows_exits(link: CollectingLink) -> None:
    guard = Guard([MaxDrawdown(0.15, then=GuardState.REDUCING)], link=link)
    guard.check(DEEP)
    assert [guard.allow(intent) for intent in ALL] == [Allowed.REDUCING, Allowed.YES, Allowed.YES]


def test_reducing_may_become_halted_but_never_the_other_way(link: CollectingLink) -> None:
    guard = Guard([MaxDrawdown(0.1, then=GuardState.REDUCING), MaxDayLoss(amount=50)], link=link)
    guard.check(DEEP)
    guard.check(Readings(equity=700, drawdown_ratio=0.3, day_loss=60))
    guard.check(FINE)
    assert guard.state is GuardState.HALTED
    assert [record["limit"] for record in link.records if record["change"] == "tripped"] == [
        "max_drawdown",
        "max_day_loss",
    ]


@pytest.mark.parametrize("intent", ["nonsense", None, 7, object()])
def test_an_unknown_intent_is_refused(link: CollectingLink, intent: object) -> None:
    guard = guard_of(link)
    guard.check(FINE)
    answer = guard.allow(intent)  # type: ignore[arg-type]
    assert answer is Allowed.UNKNOWN_INTENT
    assert not answer


def test_a_trip_is_in_memory_and_on_disk_and_told_before_on_trip_runs(link: CollectingLink, path: Path) -> None:
    seen: list[object] = []

    def on_trip(trip: Trip) -> None:
        seen.append((guard.allow_entry(), latch.read(path).state, link.records[-1]["change"], threading.get_ident()))

    guard = guard_of(link, on_trip=on_trip, latch_path=path)
    guard.check(FINE)
    guard.check(DEEP)
    assert seen == [(False, GuardState.HALTED, "tripped", threading.get_ident())]


def test_it_trips_once(link: CollectingLink) -> None:
    trips: list[Trip] = []
    guard = guard_of(link, on_trip=trips.append)
    for _ in range(5):
        guard.check(DEEP)
    assert len(trips) == 1
    assert str(trips[0]) == "drawdown of 20.00% from the equity peak, the limit is 15.00%"


def test_an_on_trip_that_fails_is_swallowed(link: CollectingLink) -> None:
    def on_trip(_: Trip) -> None:
        raise RuntimeError("the venue is down")

    guard = guard_of(link, on_trip=on_trip)
    assert guard.check(DEEP) is not None
    assert guard.state is GuardState.HALTED


@pytest.mark.parametrize("equity", [math.nan, math.inf])
def test_an_equity_that_is_no_number_trips_every_guard(link: CollectingLink, equity: float) -> None:
    guard = Guard(link=link)
    guard.check(Readings(equity))
    assert (guard.state, guard.latched.limit) == (GuardState.HALTED, "not_a_number")


def test_a_warning_is_told_and_stops_nothing(link: CollectingLink) -> None:
    guard = guard_of(link)
    guard.check(Readings(equity=870, drawdown_ratio=0.13))
    assert guard.allow_entry()
    assert [(r["change"], r["state"], r["value"], r["threshold"]) for r in link.records[1:]] == [
        ("warned", "ACTIVE", 0.13, 0.15)
    ]


def test_a_latched_guard_starts_halted(link: CollectingLink, path: Path) -> None:
    guard_of(link, latch_path=path).check(DEEP)
    restarted = guard_of(link, latch_path=path)
    restarted.check(FINE)
    assert (restarted.state, restarted.allow_entry()) == (GuardState.HALTED, False)


def test_a_latch_that_cannot_be_written_starts_halted(link: CollectingLink, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    guard = guard_of(link, latch_path=tmp_path / "file" / "guard.json")
    guard.arm()
    assert (guard.state, guard.allow_entry(), guard.latched.limit) == (GuardState.HALTED, False, "latch")


def test_only_a_reset_opens_it_and_counts_the_epoch(link: CollectingLink, path: Path) -> None:
    guard = guard_of(link, latch_path=path)
    guard.check(DEEP)
    assert not guard.reset("")
    assert guard.state is GuardState.HALTED
    assert guard.reset("looked at it")
    assert (guard.state, guard.epoch, guard.allow_entry()) == (GuardState.ACTIVE, 1, True)
    assert guard_of(link, latch_path=path).epoch == 1
    guard.check(DEEP)
    assert (latch.read(path).state, latch.read(path).epoch) == (GuardState.HALTED, 1)


def test_the_cord_can_be_pulled(link: CollectingLink, path: Path) -> None:
    guard = guard_of(link, latch_path=path)
    guard.arm()
    guard.halt("the news")
    assert (guard.allow_entry(), latch.read(path).reason) == (False, "the news")


def test_the_same_limit_twice_is_refused(link: CollectingLink) -> None:
    with pytest.raises(ValueError, match="max_drawdown"):
        Guard([MaxDrawdown(0.1), MaxDrawdown(0.2)], link=link)


def test_the_state_directory_of_deskwatch_run_is_used(
    link: CollectingLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKWATCH_STATE_DIR", str(tmp_path))
    guard_of(link, name="alpha").check(DEEP)
    assert latch.read(tmp_path / "guard-alpha.json").state is GuardState.HALTED
