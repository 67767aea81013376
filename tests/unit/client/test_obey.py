"""Nothing but a command of the monitor's own, for this guard as it stands now, tightens it; and nothing loosens it."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import diagnostics
from deskwatch.client.command import MAX_BYTES, Command, CommandResult, read_commands, signature, write_commands
from deskwatch.client.guard import Guard, GuardState, Readings, Trip, latch
from deskwatch.client.obey import MAX_NONCES, RETELL_SECONDS, Obedience
from guard_desk import NOW

TOKEN = "s3cret"
NOW_MS = int(NOW * 1000)
HALT = Command("alpha", "mom", "HALTED", 0, "the news", "n1", NOW_MS, NOW_MS + 60_000)


class Commanded:
    """A guard and what hears the monitor for it."""

    def __init__(self, latch_path: Path | None = None, token: str = TOKEN) -> None:
        self.clock, self.monotonic = ManualSeconds(NOW), ManualSeconds(0.0)
        self.obedience = Obedience("alpha", token, clock=self.clock, monotonic=self.monotonic)
        self.link = CollectingLink()
        self.tripped = threading.Event()
        self.trips: list[Trip] = []
        self.guard = Guard(on_trip=self._on_trip, latch_path=latch_path, link=self.link, clock=self.clock)
        self.guard.attach("mom")
        self.guard.check(Readings(1000.0))
        self.obedience.heed(self.guard)

    def _on_trip(self, trip: Trip) -> None:
        self.trips.append(trip)
        self.tripped.set()

    def hear(self, *commands: Command, token: str = TOKEN) -> dict[str, int]:
        return self.hear_body(write_commands(commands, token))

    def hear_body(self, body: bytes) -> dict[str, int]:
        self.obedience.hear(body)
        return {str(result): tally.read() for result, tally in self.obedience.results.items() if tally.read()}

    def told(self) -> list[tuple[str, str, str]]:
        changes = [record for record in self.link.of_kind("guard") if record["change"] != "started"]
        return [(record["change"], record["state"], record["nonce"]) for record in changes]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    diagnostics.forget()


def test_a_command_of_the_monitor_latches_tells_and_closes_the_positions(tmp_path: Path) -> None:
    one = Commanded(tmp_path / "guard-mom.json")
    assert one.hear(HALT) == {"obeyed": 1}
    assert (one.guard.state, one.guard.allow_entry()) == (GuardState.HALTED, False)
    assert one.tripped.wait(5)
    assert (latch.read(tmp_path / "guard-mom.json").reason, one.trips[0].limit) == ("the news", "command")
    assert one.told() == [("tripped", "HALTED", "n1")]
    assert one.guard.counts.trips["command"].read() == 1


def test_reducing_goes_further_to_halted_and_not_back() -> None:
    one = Commanded()
    one.hear(replace(HALT, state="REDUCING"))
    assert one.guard.state is GuardState.REDUCING
    one.hear(replace(HALT, nonce="n2"))
    one.hear(replace(HALT, state="REDUCING", nonce="n3"))
    assert one.guard.state is GuardState.HALTED
    assert one.told()[-1] == ("obeyed", "HALTED", "n3")


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"expires_ms": NOW_MS}, "expired"),
        ({"bot": "beta"}, "other_bot"),
        ({"strategy": "other"}, "unknown_guard"),
        ({"epoch": 1}, "new_epoch"),
        ({"state": "ACTIVE"}, "loosening"),
        ({"state": "halted"}, "loosening"),
        ({"state": ""}, "loosening"),
    ],
)
def test_what_does_not_fit_is_refused_though_it_is_signed(change: dict[str, Any], result: str) -> None:
    one = Commanded()
    assert one.hear(replace(HALT, **change)) == {result: 1}
    assert (one.guard.state, one.trips) == (GuardState.ACTIVE, [])


def test_after_a_reset_a_command_of_before_is_refused_and_told() -> None:
    one = Commanded()
    one.guard.halt("test")
    one.guard.reset("looked at it")
    assert one.hear(HALT) == {"old_epoch": 1}
    assert one.guard.state is GuardState.ACTIVE
    assert one.told()[-1] == ("refused", "ACTIVE", "n1")


def test_no_command_loosens_a_halted_guard() -> None:
    one = Commanded()
    one.guard.halt("test")
    states = ["ACTIVE", "REDUCING", "HALTED", "OPEN", "reset"]
    one.hear(*(replace(HALT, state=state, nonce=state, epoch=epoch) for state in states for epoch in (0, 1, 2)))
    assert (one.guard.state, one.guard.epoch) == (GuardState.HALTED, 0)


def test_a_command_that_comes_again_is_carried_out_once_and_told_again_after_a_while() -> None:
    one = Commanded()
    one.guard.halt("test")
    for _ in range(3):
        one.hear(HALT)
    assert one.told().count(("obeyed", "HALTED", "n1")) == 1
    one.monotonic.now += RETELL_SECONDS
    assert one.hear(HALT) == {"obeyed": 1, "repeated": 3}
    assert one.told().count(("obeyed", "HALTED", "n1")) == 2


def test_a_replay_after_a_reset_does_nothing() -> None:
    one = Commanded()
    one.hear(HALT)
    one.guard.reset("looked at it")
    assert one.hear(HALT) == {"obeyed": 1, "repeated": 1}
    assert one.guard.state is GuardState.ACTIVE


def test_nonces_are_remembered_but_not_for_ever() -> None:
    one = Commanded()
    for number in range(MAX_NONCES + 50):
        one.hear(replace(HALT, nonce=f"n{number}"))
    assert len(one.obedience._nonces) == MAX_NONCES


@given(st.integers(min_value=0), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_not_obeyed(place: int, change: int) -> None:
    body = bytearray(write_commands([HALT], TOKEN))
    body[place % len(body)] ^= change
    read = list(read_commands(bytes(body), TOKEN))
    assert all(one in (CommandResult.FORGED, CommandResult.UNREADABLE) for one in read)


@pytest.mark.parametrize("field", ["bot", "strategy", "state", "epoch", "reason", "nonce", "issued_ms", "expires_ms"])
def test_every_field_is_signed(field: str) -> None:
    value = getattr(HALT, field)
    other = replace(HALT, **{field: value + 1 if isinstance(value, int) else f"{value}x"})
    assert signature(other, TOKEN) != signature(HALT, TOKEN)


def test_fields_cannot_run_into_one_another() -> None:
    assert signature(replace(HALT, bot="a", strategy="bc"), TOKEN) != signature(
        replace(HALT, bot="ab", strategy="c"), TOKEN
    )


@pytest.mark.parametrize("token", ["other", "", "s3cret "])
def test_a_stranger_is_not_obeyed(token: str) -> None:
    one = Commanded()
    assert one.hear(HALT, token=token) == {"forged": 1}
    assert one.guard.state is GuardState.ACTIVE


def test_without_a_token_nobody_is_obeyed() -> None:
    one = Commanded(token="")
    assert one.hear(HALT, token="") == {"forged": 1}


def deep(levels: int) -> bytes:
    return b'{"commands":[' + b"[" * levels + b"]" * levels + b"]}"


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"commands":{}}',
        b'{"commands":[1]}',
        b'{"commands":[{}]}',
        deep(20),
        deep(500),
        deep(100_000)[:MAX_BYTES],
        write_commands([HALT], TOKEN) + b" " * MAX_BYTES,
        orjson.dumps({"commands": [{**orjson.loads(write_commands([HALT], TOKEN))["commands"][0], "epoch": True}]}),
        orjson.dumps({"commands": [{**orjson.loads(write_commands([HALT], TOKEN))["commands"][0], "signature": None}]}),
    ],
)
def test_what_cannot_be_read_is_counted_and_nothing_else(body: bytes) -> None:
    one = Commanded()
    assert one.hear_body(body) == {"unreadable": 1}
    assert one.guard.state is GuardState.ACTIVE


@given(
    st.binary(max_size=300) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: orjson.dumps({"commands": v}))
)
def test_no_body_raises_or_commands(body: bytes) -> None:
    assert not [one for one in read_commands(body, TOKEN) if isinstance(one, Command)]


def test_good_ones_among_bad_ones_are_obeyed() -> None:
    one = Commanded()
    signed = orjson.loads(write_commands([HALT], TOKEN))["commands"]
    assert one.hear_body(orjson.dumps({"commands": [1, *signed, {"bot": "alpha"}]})) == {"unreadable": 2, "obeyed": 1}


def test_a_guard_that_fails_is_counted() -> None:
    one = Commanded()
    one.guard.tighten = None  # type: ignore[assignment,method-assign]
    assert one.hear(HALT) == {"unreadable": 1}


def test_every_guard_of_a_strategy_hears_it_and_one_that_is_gone_is_forgotten() -> None:
    one = Commanded()
    second = Guard(link=CollectingLink(), clock=one.clock)
    second.attach("mom")
    one.obedience.heed(second)
    one.hear(HALT)
    assert (one.guard.state, second.state) == (GuardState.HALTED, GuardState.HALTED)
    second.link.heeded.clear()  # type: ignore[attr-defined]
    del second
    gc.collect()
    assert len(one.obedience._guards["mom"]) == 1
