"""A guard is commanded by what is on disk, until it has answered; a latch that was lost is put back."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from deskwatch.client.command import Command, read_commands
from deskwatch.errors import ActionError
from deskwatch.model import EventKind
from deskwatch.server.ingest import GuardChange, GuardCommands, Hooks, RecordBatch, RecordSink
from deskwatch.server.ingest.commands import MAX_BODY_BYTES, REPEAT_MS
from deskwatch.server.storage.state import StateStore, guard_states, journal
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio

TOKEN = "s3cret"


class NoAlerts:
    """Where alerts of bots would go; the guards raise none."""

    async def take(self, bot: str, raised: object) -> None:
        raise AssertionError(f"{bot} raised {raised!r}")


class Desk:
    """A server to which the guards of the bot alpha speak."""

    def __init__(self, store: StateStore, clock: ManualClock) -> None:
        self.store, self.clock = store, clock
        self.commands = self.restarted()
        hooks = Hooks(
            hello=lambda *_: None,
            heartbeat=lambda *_: None,
            guard=self.heard,
            log=lambda *_: None,
        )
        self.sink = RecordSink(store, hooks, NoAlerts(), clock, CollectorRegistry())

    def heard(self, bot: str, change: GuardChange) -> None:
        self.commands.heard(bot, change)

    def restarted(self) -> GuardCommands:
        return GuardCommands(self.store, self.clock, TOKEN, CollectorRegistry())

    async def tell(self, change: str, state: str = "ACTIVE", epoch: int = 0, **more: Any) -> None:
        values = {"limit": "max_drawdown", "reason": "too deep", "value": 0.2, "threshold": 0.15, "strategy": "mom"}
        record = GuardChange(ts_ms=1, state=state, change=change, epoch=epoch, **{**values, "on_disk": True, **more})  # type: ignore[arg-type]
        await self.sink.take(RecordBatch("alpha", (record,), {}))

    async def due(self, bot: str = "alpha") -> list[Command]:
        return [one for one in read_commands(await self.commands.due(bot), TOKEN) if isinstance(one, Command)]

    async def stands(self) -> list[tuple[str, str, int]]:
        rows = await self.store.read(lambda conn: guard_states.of_bot(conn, "alpha"))
        return [(row.strategy, row.state, row.epoch) for row in rows]

    async def events(self, *kinds: EventKind) -> list[dict[str, Any]]:
        found = await self.store.read(lambda conn: journal.read(conn, 0, 100, kinds))
        return [dict(event.detail) for event in found]


@pytest.fixture
async def desk():
    clock = ManualClock()
    store = StateStore.open("sqlite://", clock)
    yield Desk(store, clock)
    await store.close()


async def test_a_command_is_signed_anew_at_each_answer_and_ends_with_the_bots(desk):
    await desk.tell("started")
    assert await desk.due() == []
    (kept,) = await desk.commands.issue("alpha", None, "HALTED", "the news", "ann")
    first = await desk.due()
    desk.clock.advance(30)
    (second,) = await desk.due()
    assert [(one.bot, one.strategy, one.state, one.epoch, one.nonce) for one in (*first, second)] == [
        ("alpha", "mom", "HALTED", 0, kept.nonce)
    ] * 2
    assert second.issued_ms == first[0].issued_ms + 30_000
    await desk.tell("tripped", "HALTED", limit="command", reason="the news", nonce=kept.nonce)
    assert len(await desk.due()) == 1, "another process of the bot may not have heard it"
    desk.clock.advance(REPEAT_MS / 1000 + 1)
    assert await desk.due() == []
    assert [one["result"] for one in await desk.events(EventKind.GUARD_OBEYED)] == ["obeyed"]


async def test_a_bot_hears_only_what_is_for_it(desk):
    await desk.tell("started")
    await desk.commands.issue("alpha", None, "HALTED", "the news", "ann")
    assert await desk.due("beta") == []


async def test_what_was_not_answered_is_sent_by_a_server_that_starts_again(desk):
    await desk.tell("started")
    await desk.commands.issue("alpha", None, "HALTED", "the news", "ann")
    desk.commands = desk.restarted()
    assert await desk.due() == []
    await desk.commands.restore()
    assert len(await desk.due()) == 1


async def test_the_same_command_twice_is_one_and_a_tighter_one_is_another(desk):
    await desk.tell("started")
    (first,) = await desk.commands.issue("alpha", None, "REDUCING", "a", "ann")
    (again,) = await desk.commands.issue("alpha", None, "REDUCING", "b", "bob")
    (tighter,) = await desk.commands.issue("alpha", "mom", "HALTED", "c", "bob")
    assert (first.nonce, first.reason) == (again.nonce, again.reason)
    assert tighter.nonce != first.nonce
    assert [command.state for command in await desk.due()] == ["REDUCING", "HALTED"]


async def test_every_guard_of_a_bot_or_the_one_that_was_named(desk):
    await desk.tell("started")
    await desk.tell("started", strategy="grid")
    assert [one.strategy for one in await desk.commands.issue("alpha", None, "HALTED", "x", "ann")] == ["grid", "mom"]
    assert [one.strategy for one in await desk.commands.issue("alpha", "grid", "HALTED", "x", "ann")] == ["grid"]


@pytest.mark.parametrize(
    ("bot", "strategy", "state", "said"),
    [
        ("beta", None, "HALTED", "has not heard of a guard of the bot 'beta'"),
        ("alpha", "other", "HALTED", "of the strategy 'other' of the bot 'alpha'"),
        ("alpha", None, "ACTIVE", "REDUCING or HALTED from here, not 'ACTIVE'"),
        ("alpha", None, "OPEN", "not 'OPEN'"),
    ],
)
async def test_what_cannot_be_commanded_is_refused(desk, bot, strategy, state, said):
    await desk.tell("started")
    with pytest.raises(ActionError, match=said):
        await desk.commands.issue(bot, strategy, state, "x", "ann")
    assert await desk.due() == []


async def test_a_refusal_ends_a_command_except_for_a_clock_that_is_wrong(desk):
    await desk.tell("started")
    (kept,) = await desk.commands.issue("alpha", None, "HALTED", "x", "ann")
    await desk.tell("refused", reason="expired", nonce=kept.nonce)
    assert len(await desk.due()) == 1
    await desk.tell("refused", reason="new_epoch", nonce=kept.nonce)
    assert await desk.due() == []
    assert [one["result"] for one in await desk.events(EventKind.GUARD_REFUSED)] == ["new_epoch"]


async def test_another_bot_cannot_answer_for_this_one(desk):
    await desk.tell("started")
    (kept,) = await desk.commands.issue("alpha", None, "HALTED", "x", "ann")
    record = GuardChange(1, "HALTED", "obeyed", "command", "obeyed", 0.0, 0.0, 0, "mom", kept.nonce)
    await desk.sink.take(RecordBatch("beta", (record,), {}))
    assert len(await desk.due()) == 1


async def test_a_reset_overtakes_what_was_commanded_before(desk):
    await desk.tell("started")
    await desk.commands.issue("alpha", None, "HALTED", "x", "ann")
    await desk.tell("reset", epoch=1)
    assert await desk.due() == []


async def test_a_command_follows_a_guard_whose_epochs_begin_anew(desk):
    await desk.tell("started", epoch=3)
    await desk.commands.issue("alpha", None, "HALTED", "x", "ann")
    await desk.tell("started", epoch=0)
    assert [one.epoch for one in await desk.due()] == [0]


async def test_a_closed_guard_that_starts_open_at_the_same_epoch_has_lost_its_latch(desk):
    await desk.tell("tripped", "HALTED", epoch=2)
    await desk.tell("started", "ACTIVE", epoch=2)
    (command,) = await desk.due()
    assert (command.state, command.epoch) == ("HALTED", 2)
    assert command.reason == "its latch was lost; it was HALTED: too deep"
    assert await desk.stands() == [("mom", "HALTED", 2)]
    assert [one["by"] for one in await desk.events(EventKind.GUARD_COMMANDED)] == ["deskwatch"]


async def test_a_latch_that_was_lost_with_its_epochs_is_put_back_and_can_be_reset_again(desk):
    await desk.tell("tripped", "HALTED", epoch=2)
    await desk.tell("started", "ACTIVE", epoch=0)
    (command,) = await desk.due()
    await desk.tell("tripped", "HALTED", epoch=0, nonce=command.nonce)
    desk.clock.advance(REPEAT_MS / 1000 + 1)
    await desk.tell("started", "ACTIVE", epoch=1)  # a person has reset it meanwhile
    assert await desk.due() == []
    assert await desk.stands() == [("mom", "ACTIVE", 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"change": "tripped", "state": "HALTED", "epoch": 2}, {"state": "ACTIVE", "epoch": 3}),
        ({"change": "tripped", "state": "HALTED", "epoch": 2}, {"state": "HALTED", "epoch": 2}),
        ({"change": "tripped", "state": "REDUCING", "epoch": 2}, {"state": "HALTED", "epoch": 2}),
        ({"change": "reset", "state": "ACTIVE", "epoch": 2}, {"state": "ACTIVE", "epoch": 0}),
        ({"change": "tripped", "state": "HALTED", "epoch": 0}, {"state": "ACTIVE", "epoch": 0, "on_disk": False}),
    ],
    ids=["reset meanwhile", "still halted", "halted meanwhile", "was open", "in memory only"],
)
async def test_a_guard_that_has_lost_nothing_is_left_alone(desk, before, after):
    await desk.tell(**before)
    await desk.tell("started", **after)
    assert await desk.due() == []
    assert await desk.stands() == [("mom", after["state"], after["epoch"])]


async def test_a_late_warning_does_not_open_what_is_remembered_as_closed(desk):
    await desk.tell("tripped", "HALTED")
    await desk.tell("warned", "ACTIVE")
    assert await desk.stands() == [("mom", "HALTED", 0)]


async def test_an_answer_is_never_larger_than_a_bot_reads(desk):
    for number in range(40):
        await desk.tell("started", strategy=f"{number:02}" + "\x01" * 198)
    await desk.commands.issue("alpha", None, "HALTED", "\x02" * 200, "ann")
    body = await desk.commands.due("alpha")
    assert MAX_BODY_BYTES / 2 < len(body) <= MAX_BODY_BYTES
    assert await desk.due()
