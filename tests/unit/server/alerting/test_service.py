"""The whole of alerting on a manual clock; expectations follow Alertmanager's documentation and reliability A, B."""

from __future__ import annotations

import pytest

from alert_factory import START_MS, firing, pending, resolved
from alerting_bench import ROUTE, bench
from deskwatch.errors import ConfigError, DeliveryError, DeliveryReason
from deskwatch.model import EventKind, Labels, Matcher, MatchOp
from deskwatch.server.alerting import Context, Position, Route, acknowledge
from deskwatch.server.storage.state import incidents
from deskwatch.testing import CollectingNotifier, ManualClock

pytestmark = pytest.mark.anyio

DOWN = DeliveryError("down", reason=DeliveryReason.SERVER_ERROR, retryable=True)


async def test_a_firing_alert_is_delivered_at_once_when_group_wait_is_zero(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel) as it:
        await it.publish(firing())
        assert channel.titles == ["FIRING [critical] Drawdown on demo"]


async def test_group_wait_gathers_alerts_into_one_message(tmp_path):
    channel = CollectingNotifier()
    route = Route("desk", group_by=("bot",), group_wait_ms=30_000)
    async with bench(tmp_path, channel, route=route) as it:
        await it.publish(firing("One"))
        await it.pass_time(20)
        await it.publish(firing("Two"))
        assert channel.titles == []
        await it.pass_time(10)
        assert channel.titles == ["FIRING [critical] One, Two on demo"]


async def test_a_second_alert_waits_for_the_group_interval(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel) as it:
        await it.publish(firing(symbol="BTC"))
        await it.publish(firing(symbol="ETH"))
        assert len(channel.sent) == 1
        await it.pass_time(60)
        assert len(channel.sent) == 2
        assert len(channel.sent[1][0].notification.firing) == 2


async def test_the_same_is_repeated_only_after_the_repeat_interval(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel) as it:
        await it.publish(firing())
        for _ in range(59):
            await it.pass_time(60)
        assert len(channel.sent) == 1
        await it.pass_time(60)
        assert channel.titles[1].startswith("STILL FIRING")


async def test_an_acknowledged_incident_is_not_repeated_but_its_end_is_told(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel) as it:
        alert = firing()
        await it.publish(alert)
        (incident,) = await it.store.read(incidents.unresolved)
        await acknowledge(it.store, incident.id, "ann", it.clock.now_ms())
        for _ in range(61):
            await it.pass_time(60)
        assert len(channel.sent) == 1
        assert it.count("deskwatch_dispatch_muted_total", stage="acknowledged") > 0
        await it.publish(resolved(alert, it.clock.now_ms()))
        await it.pass_time(60)
        assert channel.titles[1:] == ["RESOLVED [critical] Drawdown on demo"]


async def test_setting_the_wall_clock_back_delays_no_message(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel, route=Route("desk", group_wait_ms=30_000)) as it:
        await it.publish(firing())
        it.clock.jump_wall(-3600)
        await it.pass_time(30)
        assert len(channel.sent) == 1


async def test_fired_and_resolved_before_the_first_message_is_told_as_both(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel, route=Route("desk", group_wait_ms=30_000)) as it:
        await it.publish(firing())
        await it.publish(resolved(firing(), START_MS + 5_000))
        await it.pass_time(30)
        assert channel.titles == ["FIRED AND RESOLVED [critical] Drawdown on demo"]


async def test_fired_and_resolved_while_the_channel_is_down_is_one_message(tmp_path):
    channel = CollectingNotifier()
    channel.fail(*[DOWN] * 7)  # tries at 0, 1, 3, 7, 15, 31 and 63 s
    async with bench(tmp_path, channel) as it:
        await it.publish(firing())
        await it.publish(resolved(firing(), START_MS + 5_000))
        for _ in range(140):
            await it.pass_time(1)
        assert channel.titles == ["FIRED AND RESOLVED [critical] Drawdown on demo"]
        assert await it.rows() == [("collector", "superseded"), ("collector", "sent")]


async def test_resolved_while_the_firing_message_hangs_never_arrives_before_it(tmp_path):
    channel = CollectingNotifier()
    route = Route("desk", group_wait_ms=0, group_interval_ms=1_000)
    async with bench(tmp_path, channel, route=route) as it:
        channel.hang()
        await it.publish(firing())
        await it.publish(resolved(firing(), START_MS + 500))
        await it.pass_time(1)
        assert await it.rows() == [("collector", "sending"), ("collector", "pending")]
        channel.fail(DOWN)
        channel.let_go()
        for _ in range(3):
            await it.pass_time(1)
        assert channel.titles == ["FIRED AND RESOLVED [critical] Drawdown on demo"]


async def test_a_hung_channel_does_not_delay_another(tmp_path):
    stuck, free = CollectingNotifier("stuck"), CollectingNotifier("free")
    async with bench(tmp_path, stuck, free, channels=("stuck", "free")) as it:
        stuck.hang()
        await it.publish(firing("One"))
        await it.publish(firing("Two"))
        assert len(free.sent) == 2
        assert (len(stuck.tries), len(stuck.sent)) == (1, 0)


async def test_no_try_before_the_time_that_the_service_asked_for(tmp_path):
    channel = CollectingNotifier()
    limited = DeliveryError("slow down", reason=DeliveryReason.RATE_LIMITED, retryable=True, retry_after_seconds=120)
    channel.fail(limited)
    async with bench(tmp_path, channel) as it:
        await it.publish(firing("One"))
        await it.publish(firing("Two"))
        await it.pass_time(119)
        assert len(channel.tries) == 1
        await it.pass_time(1)
        assert len(channel.sent) == 2


async def test_an_absurd_retry_after_is_cut_to_an_hour_and_the_fallback_says_it_now(tmp_path):
    telegram, console = CollectingNotifier("collector"), CollectingNotifier("console")
    limited = DeliveryError("no", reason=DeliveryReason.RATE_LIMITED, retryable=True, retry_after_seconds=999_999)
    telegram.fail(limited)
    async with bench(tmp_path, telegram, console, fallback="console") as it:
        await it.publish(firing())
        assert "channel collector has not taken this message" in console.sent[0][0].text
        await it.pass_time(3_599)
        assert len(telegram.tries) == 1
        await it.pass_time(1)
        assert len(telegram.sent) == 1


async def test_a_permanent_failure_goes_to_the_fallback_and_is_not_tried_again(tmp_path):
    broken, console = CollectingNotifier("collector"), CollectingNotifier("console")
    broken.fail(DeliveryError("wrong token", reason=DeliveryReason.UNAUTHORIZED, retryable=False))
    async with bench(tmp_path, broken, console, fallback="console") as it:
        await it.publish(firing())
        await it.pass_time(30)
        assert (len(broken.tries), len(console.sent)) == (1, 1)
        assert it.count("deskwatch_notify_failures_total", channel="collector", reason="unauthorized") == 1
        failed = [event for event in it.events if event.kind is EventKind.NOTIFICATION_FAILED]
        assert [event.subject for event in failed] == ["collector"]


async def test_six_hours_of_server_errors_cost_at_most_eighty_tries_and_bring_one_message(tmp_path):
    channel = CollectingNotifier()
    clock = ManualClock()
    async with bench(
        tmp_path, channel, clock=clock, route=Route("desk", group_wait_ms=0, repeat_interval_ms=10**9)
    ) as it:
        channel.fail(*[DOWN] * 200)
        await it.publish(firing())
        while clock.monotonic() < 6 * 3600:
            await it.pass_time(150)
        channel._failures.clear()
        for _ in range(4):
            await it.pass_time(150)
        assert len(channel.sent) == 1
        assert len(channel.tries) <= 81


async def test_after_a_restart_nothing_is_told_twice_and_the_end_is_told(tmp_path):
    first, second = CollectingNotifier(), CollectingNotifier()
    alert = firing()
    async with bench(tmp_path, first) as it:
        await it.publish(alert)
    async with bench(tmp_path, second) as it:
        await it.publish(alert)
        await it.pass_time(60)
        assert second.titles == []
        await it.publish(resolved(alert, START_MS + 70_000))
        await it.pass_time(60)
    assert (first.titles, second.titles) == (
        ["FIRING [critical] Drawdown on demo"],
        ["RESOLVED [critical] Drawdown on demo"],
    )


async def test_an_end_that_was_not_told_before_a_restart_is_told_after_it(tmp_path):
    first, second = CollectingNotifier(), CollectingNotifier()
    alert = firing()
    async with bench(tmp_path, first) as it:
        await it.publish(alert)
        await it.publish(resolved(alert, START_MS + 5_000))
    async with bench(tmp_path, second) as it:
        await it.pass_time(60)
        assert second.titles == ["RESOLVED [critical] Drawdown on demo"]


async def test_an_untold_end_survives_the_alert_being_pending_again(tmp_path):
    first, second = CollectingNotifier(), CollectingNotifier()
    alert = firing()
    async with bench(tmp_path, first) as it:
        await it.publish(alert)
        await it.publish(resolved(alert, START_MS + 5_000))
        await it.publish(pending(at_ms=START_MS + 6_000))
    async with bench(tmp_path, second) as it:
        await it.pass_time(60)
        assert second.titles == ["RESOLVED [critical] Drawdown on demo"]
        assert [alert.state.value for alert in await it.alerting.book.active()] == ["pending"]


async def test_after_a_change_of_routes_a_firing_alert_is_told_by_the_new_route(tmp_path):
    first, second = CollectingNotifier(), CollectingNotifier()
    async with bench(tmp_path, first) as it:
        await it.publish(firing())
    night = Route("night", (Matcher("severity", MatchOp.EQUAL, "critical"),), group_wait_ms=0)
    async with bench(tmp_path, second, route=Route("desk", routes=(night,))) as it:
        await it.settle()
        assert second.titles == ["FIRING [critical] Drawdown on demo"]
        assert [one.group.receiver for one in await it.store.read(incidents.unresolved)] == ["night"]


async def test_messages_for_a_channel_that_was_removed_go_to_the_fallback(tmp_path):
    gone, console = CollectingNotifier(), CollectingNotifier("console")
    gone.fail(*[DOWN] * 3)
    async with bench(tmp_path, gone) as it:
        await it.publish(firing())
    async with bench(tmp_path, console, channels=("console",), fallback="console") as it:
        await it.settle()
        assert console.titles == ["FIRING [critical] Drawdown on demo"]


async def test_stopping_leaves_what_is_not_delivered_on_disk(tmp_path):
    channel, later = CollectingNotifier(), CollectingNotifier()
    channel.fail(*[DOWN] * 20)
    async with bench(tmp_path, channel) as it:
        for number in range(20):
            await it.publish(firing(f"Alert{number:02}"))
    async with bench(tmp_path, later) as it:
        for _ in range(4):
            await it.pass_time(1)
        assert sorted(later.titles) == [f"FIRING [critical] Alert{number:02} on demo" for number in range(20)]


async def test_the_journal_tells_the_way_in_the_order_of_commits(tmp_path):
    async with bench(tmp_path, CollectingNotifier()) as it:
        await it.publish(firing())
        await it.publish(resolved(firing(), START_MS + 1))
        await it.pass_time(60)
        assert [event.kind.value for event in it.events] == [
            "alert_fired",
            "incident_opened",
            "notification_queued",
            "notification_delivered",
            "alert_resolved",
            "incident_resolved",
            "notification_queued",
            "notification_delivered",
        ]


class Desk:
    async def context(self, alert_labels: Labels, now_ms: int) -> Context:
        position = Position("BTC-PERP", -2.5, -95_000.0)
        return Context(alert_labels["bot"], "USD", -1234.5, positions=(position,), log_lines=("a", "b", "c", "d"))


class BrokenDesk:
    async def context(self, alert_labels: Labels, now_ms: int) -> Context:
        raise RuntimeError("no samples")


async def test_a_message_carries_how_the_bot_stood(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel, context=Desk()) as it:
        await it.publish(firing())
        text = channel.sent[0][0].text
        assert "P&L: today -1,234.50 USD" in text
        assert "Position: BTC-PERP -2.5 (-95,000.00 USD)" in text
        assert "Log:\n  b\n  c\n  d" in text


async def test_a_failing_context_source_loses_no_message(tmp_path):
    channel = CollectingNotifier()
    async with bench(tmp_path, channel, context=BrokenDesk()) as it:
        await it.publish(firing())
        assert len(channel.sent) == 1
        assert it.count("deskwatch_dispatch_context_failures_total", reason="error") == 1


async def test_an_unknown_receiver_or_channel_is_refused_by_name(tmp_path):
    with pytest.raises(ConfigError, match="'nobody'"):
        async with bench(tmp_path, CollectingNotifier(), route=Route("nobody")):
            pass
    with pytest.raises(ConfigError, match="'pager'"):
        async with bench(tmp_path / "other", CollectingNotifier(), route=ROUTE, channels=("pager",)):
            pass
