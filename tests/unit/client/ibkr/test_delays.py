from __future__ import annotations

import asyncio
import time

import pytest

from client_fakes import ManualSeconds
from deskwatch import Registry
from deskwatch.client.ibkr import delays as module
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.metrics import DropReason


def test_what_is_called_off_or_begun_anew_is_done_once_and_in_time() -> None:
    timer, done = ManualSeconds(0.0), list[str]()
    delays = Delays(5, timer, Registry().drops)
    for key in ("a", "b", "c"):
        delays.start(key, lambda k=key: done.append(k))
    delays.cancel("a")
    timer.now = 3
    delays.start("b", lambda: done.append("b again"))
    timer.now = 5
    delays.run_due()
    assert done == ["c"]
    timer.now = 8
    delays.run_due()
    assert done == ["c", "b again"]


def test_an_action_that_raises_is_counted_and_the_next_is_done() -> None:
    registry, done = Registry(), list[int]()
    delays = Delays(0, ManualSeconds(0.0), registry.drops)
    delays.start("a", lambda: 1 / 0)
    delays.start("b", lambda: done.append(1))
    delays.run_due()
    assert done == [1]
    assert registry.drops.read()[DropReason.INTERNAL] == 1


def test_what_waits_is_bounded_and_the_oldest_is_done_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    done = list[int]()
    delays = Delays(5, ManualSeconds(0.0), Registry().drops)
    for number in range(4):
        delays.start(str(number), lambda n=number: done.append(n))
    assert done == [0, 1]


def test_a_bot_that_begins_another_event_loop_is_served_by_that_one() -> None:
    done = list[str]()
    delays = Delays(0.001, time.monotonic, Registry().drops)

    async def begin_and_end() -> None:
        delays.start("first", lambda: done.append("first"))

    async def begin_and_wait() -> None:
        served = asyncio.Event()
        delays.start("second", served.set)
        await asyncio.wait_for(served.wait(), 5)

    asyncio.run(begin_and_end())
    assert done == []
    asyncio.run(begin_and_wait())
    assert done == ["first"]
