"""What the worker does when the channel, the disk or a restart is against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alert_factory import firing
from alerting_bench import ROUTE, bench
from deskwatch.errors import StorageError, StorageReason
from deskwatch.server.storage.state import outbox
from deskwatch.testing import CollectingNotifier, ManualClock

pytestmark = pytest.mark.anyio


class Faulty(CollectingNotifier):
    """Has a bug in its first try."""

    async def send(self, message, attempt):
        if not self.tries:
            self.tries.append(attempt)
            raise ZeroDivisionError
        return await super().send(message, attempt)


async def test_a_bug_in_a_channel_is_counted_and_the_message_tried_again(tmp_path):
    channel = Faulty()
    async with bench(tmp_path, channel) as it:
        await it.publish(firing())
        assert it.count("deskwatch_notify_failures_total", channel="collector", reason="internal") == 1
        await it.pass_time(1)
        assert channel.titles == ["FIRING [critical] Drawdown on demo (possible repeat of #1)"]


async def test_every_try_of_a_message_has_the_same_key(tmp_path):
    channel = Faulty(has_dedup_key=True)
    async with bench(tmp_path, channel) as it:
        await it.publish(firing())
        await it.pass_time(1)
        assert len({attempt.key for attempt in channel.tries}) == 1
        assert [attempt.number for attempt in channel.tries] == [1, 2]
        assert "repeat" not in channel.titles[0]


async def test_a_disk_that_is_full_for_a_while_brings_no_second_message(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel) as it:
        channel.hang()
        await it.publish(firing())
        write, full = it.store.write, [True]

        # A mock: a full disk cannot be had here without a file system of its own.
        async def refuse(fn):
            if full[0]:
                raise StorageError("disk full", reason=StorageReason.DISK)
            return await write(fn)

        it.store.write = refuse
        channel.let_go()
        await it.pass_time(3)
        full[0] = False
        await it.pass_time(3)
        assert (len(channel.tries), await it.rows()) == (1, [("collector", "sent")])


async def test_a_message_left_on_the_wire_by_a_crash_is_sent_again_and_says_so(tmp_path):
    first, second = CollectingNotifier(), CollectingNotifier()
    async with bench(tmp_path, first) as it:
        await it.publish(firing())
        (row,) = await it.store.read(lambda conn: outbox.in_state(conn, outbox.OutboxState.SENT))
        await it.store.write(lambda tx: outbox.change(tx, row.id, state=outbox.OutboxState.SENDING))
    async with bench(tmp_path, second) as it:
        await it.settle()
        assert second.titles == ["FIRING [critical] Drawdown on demo (possible repeat of #1)"]
        assert second.sent[0][1].key == first.sent[0][1].key


async def test_a_clock_set_back_during_a_stop_delays_a_retry_by_an_hour_at_most(tmp_path):
    first, second = CollectingNotifier(), CollectingNotifier()
    async with bench(tmp_path, first) as it:
        await it.publish(firing())
        (row,) = await it.store.read(lambda conn: outbox.in_state(conn, outbox.OutboxState.SENT))
        await it.store.write(lambda tx: outbox.change(tx, row.id, state=outbox.OutboxState.PENDING))
    day_before = ManualClock(1_640_995_200_000 - 86_400_000)
    async with bench(tmp_path, second, clock=day_before, route=replace(ROUTE, repeat_interval_ms=10**9)) as it:
        await it.pass_time(3_599)
        assert second.titles == []
        await it.pass_time(1)
        assert second.titles == ["FIRING [critical] Drawdown on demo"]
