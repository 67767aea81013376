"""A monitor that was stopped itself does not find its bot hung (reliability C3)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deskwatch.config import BotSettings
from deskwatch.model import EventKind
from deskwatch.server.supervise import BotState, Supervisor
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio


class Watched:
    """A supervisor that watches no process, only the heartbeat."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.events: list[EventKind] = []
        self.supervisor = Supervisor(
            ["bot"],
            BotSettings(name="demo"),
            self.clock,
            environment={},
            output=Path("unused.log"),
            run_file=Path("unused.json"),
            on_event=lambda kind, *_: self.events.append(kind),
        )
        self.supervisor.state = BotState.RUNNING
        self.supervisor.heartbeat()

    async def pass_seconds(self, *steps: float) -> None:
        ticker = asyncio.create_task(self.supervisor._tick_for_ever())
        await asyncio.sleep(0)
        for seconds in steps:
            self.clock.advance(seconds)
            for _ in range(3):
                await asyncio.sleep(0)
        ticker.cancel()


async def test_a_minute_of_silence_is_a_hang_told_once():
    watched = Watched()
    await watched.pass_seconds(*[1] * 120)
    assert watched.events == [EventKind.BOT_HUNG]


async def test_ten_minutes_of_our_own_absence_are_none():
    watched = Watched()
    await watched.pass_seconds(1, 600, 1, 1)
    assert (watched.events, watched.supervisor.state) == ([], BotState.RUNNING)


async def test_silence_after_the_absence_is_judged_anew():
    watched = Watched()
    await watched.pass_seconds(600, *[1] * 59)
    assert watched.events == []
    await watched.pass_seconds(*[1] * 3)
    assert watched.events == [EventKind.BOT_HUNG]
