"""The manager publishes what changed, keeps nothing that was not committed, and restores after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from deskwatch.errors import QueryError, StorageError, StorageReason
from deskwatch.model import Alert, AlertState, Labels, Scrape
from deskwatch.server.rules.alerting import AlertingRule, Seen
from deskwatch.server.rules.files import RuleGroup
from deskwatch.server.rules.manager import RESEND_MS, RuleManager
from deskwatch.server.rules.recording import RecordingRule
from deskwatch.server.rules.template import Expander
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio

FIRES = AlertingRule("t/g/High", "High", "level > 1", 60_000, 0, {}, {"summary": "{{ $value }}"}, limit=1.0)
RECORDS = RecordingRule("t/g/sum", "job:level:sum", "sum by (job) (level)", {})


class Desk:
    """A manager among fakes: answers per expression, and everything that was handed on."""

    def __init__(self, rules: Sequence[AlertingRule | RecordingRule] = (FIRES,)) -> None:
        self.answers: dict[str, list[Seen] | Exception] = {rule.expr: [] for rule in rules}
        self.published: list[Alert] = []
        self.appended: list[Scrape] = []
        self.refuses = False
        self.query_seconds = 0.0
        self.evaluated_at: list[float] = []
        self.kept_when_asked: dict[str, int] = {}
        self.was_told = asyncio.Event()
        self.clock = ManualClock()
        self.registry = CollectorRegistry()
        self.group = RuleGroup("g", "test.yaml", 15_000, tuple(rules))
        self.manager = RuleManager(
            [self.group],
            query=self.query,
            reads=lambda expr: {"level"},
            appender=self,
            sink=self,
            clock=self.clock,
            expander=Expander(),
            registry=self.registry,
        )

    def query(self, expr: str, ts_ms: int) -> list[Seen]:
        self.evaluated_at.append(self.clock.monotonic())
        self.kept_when_asked[expr] = len(self.appended)
        self.clock.advance(self.query_seconds)
        answer = self.answers[expr]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def append(self, scrape: Scrape) -> None:
        self.appended.append(scrape)

    async def publish(self, changed: Sequence[Alert], now_ms: int) -> None:
        if self.refuses:
            raise StorageError("the disk is full", reason=StorageReason.DISK)
        self.published += changed
        self.was_told.set()

    def see(self, *values: float) -> None:
        self.answers[FIRES.expr] = [Seen(Labels({"bot": str(n)}), value) for n, value in enumerate(values)]

    async def after(self, seconds: float) -> list[AlertState]:
        """Advance, evaluate, and return the states published by that."""
        self.clock.advance(seconds)
        before = len(self.published)
        await self.manager.evaluate(self.group.rules)
        return [alert.state for alert in self.published[before:]]


async def test_only_changes_are_published_and_the_way_is_pending_firing_resolved() -> None:
    desk = Desk()
    desk.see(2.0)
    assert await desk.after(0) == [AlertState.PENDING]
    assert await desk.after(59) == []
    assert await desk.after(1) == [AlertState.FIRING]
    assert await desk.after(5) == []
    desk.see()
    assert await desk.after(5) == [AlertState.RESOLVED]
    assert await desk.after(5) == []


async def test_a_firing_alert_is_told_again_with_its_new_value() -> None:
    desk = Desk([replace(FIRES, hold_ms=0)])
    desk.see(2.0)
    await desk.after(0)
    desk.see(3.0)
    assert await desk.after(RESEND_MS / 1000 - 1) == []
    assert await desk.after(1) == [AlertState.FIRING]
    assert desk.published[-1].annotations == {"summary": "3"}


async def test_what_could_not_be_committed_is_published_again() -> None:
    desk = Desk([replace(FIRES, hold_ms=0)])
    desk.see(2.0)
    desk.refuses = True
    assert await desk.after(0) == []
    assert desk.manager.status(FIRES).health == "err"
    assert desk.manager.status(FIRES).alerts == []
    desk.refuses = False
    assert await desk.after(1) == [AlertState.FIRING]


async def test_a_query_that_fails_leaves_the_alert_as_it_was_and_the_next_rule_runs() -> None:
    desk = Desk([FIRES, RECORDS])
    desk.see(2.0)
    desk.answers[RECORDS.expr] = [Seen(Labels({"job": "a"}), 5.0)]
    await desk.after(0)
    desk.answers[FIRES.expr] = QueryError("too many samples")
    await desk.after(10)
    status = desk.manager.status(FIRES)
    assert (status.health, status.last_error) == ("err", "too many samples")
    assert [alert.state for alert in status.alerts] == [AlertState.PENDING]
    assert desk.appended[-1].source == "rule:t/g/sum"
    assert desk.registry.get_sample_value("deskwatch_rules_failures_total", {"reason": "query"}) == 1


async def test_alerts_become_series_as_in_prometheus() -> None:
    desk = Desk()
    desk.see(2.0)
    await desk.after(0)
    (scrape,) = desk.appended
    assert [str(labels.name) for labels in scrape.series] == ["ALERTS", "ALERTS_FOR_STATE"]
    assert scrape.series[0]["alertstate"] == "pending"
    assert list(scrape.values) == [1.0, desk.clock.now_ms() / 1000]
    desk.see()
    await desk.after(1)
    assert desk.appended[-1].series == ()


async def test_the_layout_of_a_rules_series_is_the_same_object_while_it_does_not_change() -> None:
    desk = Desk([RECORDS])
    desk.answers[RECORDS.expr] = [Seen(Labels({"__name__": "level", "job": "a"}), 5.0)]
    await desk.after(0)
    await desk.after(1)
    assert desk.appended[0].series is desk.appended[1].series
    assert desk.appended[0].series == (Labels({"__name__": "job:level:sum", "job": "a"}),)


async def test_a_restart_takes_up_pending_alerts_where_they_were() -> None:
    first = Desk()
    first.see(2.0)
    await first.after(0)
    second = Desk()
    second.clock.advance(45)
    await second.manager.restore(first.published)
    second.see(2.0)
    assert await second.after(14) == []
    assert await second.after(1) == [AlertState.FIRING]
    assert second.published[-1].active_at_ms == first.published[0].active_at_ms


async def test_an_alert_whose_rule_is_gone_is_resolved_at_the_restart() -> None:
    first = Desk([replace(FIRES, hold_ms=0)])
    first.see(2.0)
    await first.after(0)
    second = Desk([RECORDS])
    await second.manager.restore(first.published)
    assert [alert.state for alert in second.published] == [AlertState.RESOLVED]


async def test_a_pushed_sample_evaluates_the_rules_that_read_it_at_once() -> None:
    desk = Desk()
    desk.see(2.0)
    running = asyncio.create_task(desk.manager.run())
    await asyncio.sleep(0)
    desk.manager.touch(Scrape("push:a", 1, (Labels({"__name__": "other"}),), [1.0]), pushed=True)
    desk.manager.touch(Scrape("push:b", 1, (Labels({"__name__": "level"}),), [1.0]), pushed=True)
    for _ in range(3):
        await asyncio.sleep(0)
    desk.clock.advance(0.1)
    await desk.was_told.wait()
    assert desk.clock.monotonic() == pytest.approx(0.1)
    assert desk.published[0].state is AlertState.PENDING
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_after_a_pause_the_schedule_goes_on_without_a_burst() -> None:
    desk = Desk()
    desk.see(2.0)
    running = asyncio.create_task(desk.manager.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    desk.clock.advance(600)
    await desk.was_told.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(desk.appended) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    ("query_seconds", "pushed", "due_seconds"),
    [
        (0.0, False, 0.2),
        (0.0, True, 0.05),
        (0.003, False, 10.0),  # 0.03 % of a core
        (0.003, True, 0.3),  # 1 %
        (2.0, False, 15.0),  # never later than the schedule of the group allows
        (2.0, True, 15.0),
    ],
)
async def test_a_touched_rule_waits_for_as_long_as_its_last_evaluation_was_costly(
    query_seconds: float, pushed: bool, due_seconds: float
) -> None:
    desk = Desk()
    desk.query_seconds = query_seconds
    desk.see(2.0)
    await desk.manager.evaluate(desk.group.rules)
    desk.query_seconds = 0.0
    desk.see()
    desk.was_told.clear()
    running = asyncio.create_task(desk.manager.run())
    await until_idle()
    desk.manager.touch(Scrape("s", 1, (Labels({"__name__": "level"}),), [1.0]), pushed=pushed)
    await until_idle()
    desk.clock.advance(due_seconds - desk.clock.monotonic() - 0.002)
    await until_idle()
    assert len(desk.evaluated_at) == 1
    desk.clock.advance(0.01)
    await desk.was_told.wait()
    assert desk.evaluated_at[1] == pytest.approx(due_seconds, abs=0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_failed_evaluation_counts_as_well() -> None:
    desk = Desk()
    desk.query_seconds = 2.0
    desk.answers[FIRES.expr] = QueryError("took too long")
    await desk.manager.evaluate(desk.group.rules)
    status = desk.manager.status(FIRES)
    assert (status.evaluation_seconds, status.free_at_seconds(0.5)) == (2.0, 4.0)


async def test_a_rule_after_a_recording_rule_is_asked_when_the_series_is_kept() -> None:
    desk = Desk([FIRES, RECORDS, replace(FIRES, name="t/g/After", expr="job:level:sum > 1")])
    desk.answers[RECORDS.expr] = [Seen(Labels({"job": "a"}), 5.0)]
    await desk.after(0)
    assert desk.kept_when_asked == {FIRES.expr: 0, RECORDS.expr: 0, "job:level:sum > 1": 1}


async def until_idle() -> None:
    """Let every task run, and the worker thread answer if it was asked."""
    for _ in range(20):
        await asyncio.sleep(0)
    await asyncio.to_thread(lambda: None)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_rule_with_more_alerts_than_its_group_allows_fails_and_has_none() -> None:
    desk = Desk([replace(FIRES, hold_ms=0, max_elements=2)])
    desk.see(2.0, 3.0)
    assert await desk.after(0) == [AlertState.FIRING, AlertState.FIRING]
    desk.see(2.0, 3.0, 4.0)
    assert await desk.after(5) == [AlertState.RESOLVED, AlertState.RESOLVED]
    status = desk.manager.status(FIRES)
    assert (status.health, status.last_error, status.alerts) == (
        "err",
        "rule t/g/High: 3 alerts, the limit of its group is 2",
        [],
    )
    desk.see(2.0)
    assert await desk.after(5) == [AlertState.FIRING]


async def test_a_recording_rule_with_more_series_than_its_group_allows_makes_none() -> None:
    desk = Desk([replace(RECORDS, max_elements=1)])
    desk.answers[RECORDS.expr] = [Seen(Labels({"job": job}), 1.0) for job in ("a", "b")]
    await desk.after(0)
    assert desk.appended == []
    assert desk.manager.status(RECORDS).last_error == "rule t/g/sum: 2 series, the limit of its group is 1"


async def test_an_offset_asks_of_the_past_and_stamps_what_it_records_with_it() -> None:
    desk = Desk([replace(RECORDS, query_offset_ms=60_000)])
    asked: list[int] = []
    answered = desk.manager._query

    def query(expr: str, ts_ms: int) -> list[Seen]:
        asked.append(ts_ms)
        return answered(expr, ts_ms)

    desk.manager._query = query
    desk.answers[RECORDS.expr] = [Seen(Labels({"job": "a"}), 1.0)]
    await desk.after(0)
    (scrape,) = desk.appended
    assert asked == [desk.clock.now_ms() - 60_000] == [scrape.ts_ms]
