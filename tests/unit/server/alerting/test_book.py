"""The journal tells transitions, once each; the active alerts are those last committed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alert_factory import START_MS, firing, pending, resolved
from alerting_bench import bench
from deskwatch.model import AlertState
from deskwatch.server.storage.state import MAX_RESOLVED_AGE_MS
from deskwatch.testing import CollectingNotifier

pytestmark = pytest.mark.anyio

KINDS = ("alert_pending", "alert_fired", "alert_resolved")


@pytest.fixture
async def it(tmp_path):
    async with bench(tmp_path, CollectingNotifier()) as running:
        yield running


def told(it) -> list[str]:
    return [event.kind.value for event in it.events if event.kind in KINDS]


async def test_only_transitions_are_journaled(it):
    await it.publish(pending())
    await it.publish(pending())
    await it.publish(firing())
    await it.publish(firing(value=0.2))
    await it.publish(resolved(firing(), START_MS + 1))
    await it.publish(resolved(firing(), START_MS + 1))
    assert told(it) == list(KINDS)


async def test_a_new_episode_is_journaled_anew(it):
    await it.publish(firing())
    await it.publish(resolved(firing(), START_MS + 1))
    await it.publish(firing(at_ms=START_MS + 2))
    assert told(it) == ["alert_fired", "alert_resolved", "alert_fired"]


async def test_a_firing_alert_is_kept_with_its_fresh_value(it):
    await it.publish(firing())
    await it.publish(firing(value=0.2))
    assert [alert.value for alert in await it.alerting.book.active()] == [0.2]


async def test_a_condition_that_ended_while_pending_leaves_nothing(it):
    await it.publish(pending())
    await it.publish(replace(pending(), state=AlertState.INACTIVE))
    assert await it.alerting.book.everything() == []


async def test_an_end_is_shown_for_a_day(it):
    await it.publish(firing())
    await it.publish(resolved(firing(), START_MS + 1))
    await it.pass_time(60)
    it.clock.advance(MAX_RESOLVED_AGE_MS / 1000)
    await it.publish(firing("Later", at_ms=it.clock.now_ms()))
    assert len(await it.alerting.book.everything()) == 2
    await it.publish(resolved(firing("Later", at_ms=it.clock.now_ms()), it.clock.now_ms()))
    assert [alert.name for alert in await it.alerting.book.everything()] == ["Later"]


async def test_two_rules_with_the_same_labels_are_two_alerts(it):
    mine, other = firing(), replace(firing(), rule="other/Drawdown")
    await it.publish(mine, other)
    await it.publish(resolved(mine, START_MS + 1))
    assert [alert.rule for alert in await it.alerting.book.active()] == ["other/Drawdown"]
