from __future__ import annotations

import asyncio

import pytest

from deskwatch.server.alerting.timer import Timer
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio


def test_even_time_starts_at_the_wall_time_and_ignores_jumps():
    clock = ManualClock(1_000)
    clock.advance(5)
    timer = Timer(clock)
    assert timer.now_ms() == clock.now_ms()
    clock.jump_wall(-3600)
    clock.advance(2)
    assert timer.now_ms() == 8_000


async def test_a_wait_ends_when_the_time_has_come_and_not_before():
    clock = ManualClock()
    timer = Timer(clock)
    wait = asyncio.create_task(timer.wait_until(timer.now_ms() + 1_000))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    clock.advance(0.999)
    await asyncio.sleep(0)
    assert not wait.done()
    clock.advance(0.001)
    await asyncio.wait_for(wait, 1)


async def test_a_bell_that_rang_before_the_wait_ends_it_at_once():
    timer = Timer(ManualClock())
    timer.ring()
    await asyncio.wait_for(timer.wait_until(None), 1)
