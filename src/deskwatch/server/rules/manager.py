"""Run the rules: each group on its schedule, and a rule at once when what it reads has changed.

Way:     Appender/Engine -> [manager] -> AlertSink.  A rule's new state counts only after the sink has committed it.
Time:    the Clock passed in; nothing here reads the wall clock.
Threads: owned by the event loop; expressions are evaluated in one worker thread, so that a heavy rule delays
         other rules, never a scrape or a page.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter

from deskwatch.errors import DeskwatchError
from deskwatch.model import METRIC_NAME, Alert, AlertState, Clock, Labels, Scrape
from deskwatch.server.rules.alerting import (
    AlertingRule,
    Held,
    Moment,
    Seen,
    advance,
    check_count,
    observe,
    restored,
)
from deskwatch.server.rules.files import RuleGroup
from deskwatch.server.rules.recording import RecordingRule, recorded
from deskwatch.server.rules.status import Rule, RuleStatus
from deskwatch.server.rules.template import Expander

RESEND_MS: Final = 60_000
"""A firing alert is told to the sink at least this often; Prometheus's --rules.alert.resend-delay is 1m."""

PUSHED_DELAY_SECONDS: Final = 0.05
"""A pushed sample is evaluated this much later, so that a burst is evaluated once (issue: within 100 ms)."""

SCRAPED_DELAY_SECONDS: Final = 0.2
"""Scrapes of one interval arrive spread out; their rules are evaluated together."""

SCRAPED_SHARE: Final = 0.0003
"""Of a core: what evaluating one rule after scrapes may take. 20 targets of one metric that answer at 20 moments of
5 s would run it up to ten times as often as its schedule; with this, 60 rules take 1.8 % at most."""

PUSHED_SHARE: Final = 0.01
"""The same after pushes: a rule of 3 ms still runs 0.3 s after the last time (issue: a pushed sample within 1 s)."""

RESTORE_GRACE_SECONDS: Final = 60.0
"""After a restart a restored alert waits this long to be seen again before it counts as resolved."""

ENDED: Final = (AlertState.RESOLVED, AlertState.INACTIVE)

InstantQuery = Callable[[str, int], list[Seen]]
"""Answers an expression at a time in milliseconds; called in a worker thread."""


class Appender(Protocol):
    """Where recorded series go."""

    def append(self, scrape: Scrape) -> None:
        """Keep the scrape."""


class AlertSink(Protocol):
    """Where alerts go."""

    async def publish(self, changed: Sequence[Alert], now_ms: int) -> None:
        """Commit every alert, then hand it on; an exception means that none counts as published."""


@dataclass(frozen=True, slots=True)
class _Answer:
    vector: list[Seen] | DeskwatchError
    seconds: float


Advanced = tuple[RuleStatus, dict[str, Held]]
"""A rule, and where its alerts will stand once the sink has committed them."""


class RuleManager:
    """Evaluates rule groups.

    Args:
        groups: What to evaluate.
        query: Answers expressions.
        reads: Names the metrics that an expression reads.
        appender: Takes recorded series and ``ALERTS``.
        sink: Takes alerts.
        clock: The time.
        expander: Fills in templates.
        registry: Where the manager counts itself.
    """

    def __init__(
        self,
        groups: Sequence[RuleGroup],
        *,
        query: InstantQuery,
        reads: Callable[[str], Collection[str]],
        appender: Appender,
        sink: AlertSink,
        clock: Clock,
        expander: Expander,
        registry: CollectorRegistry,
    ) -> None:
        self._groups = list(groups)
        self._query = query
        self._appender = appender
        self._sink = sink
        self._clock = clock
        self._expander = expander
        self._status = {
            rule.name: RuleStatus(rule, group.interval_ms / 1000) for group in groups for rule in group.rules
        }
        self._readers = _readers(self._status, reads)
        self._readers_by_source: dict[str, tuple[tuple[Labels, ...], frozenset[str]]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rules")
        self._touched: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._evaluations = Counter("deskwatch_rules_attempts", "Rule evaluations.", registry=registry)
        self._failures = Counter(
            "deskwatch_rules_failures", "Rule evaluations that gave no answer.", ["reason"], registry=registry
        )
        for reason in ("query", "publish"):
            self._failures.labels(reason)

    @property
    def groups(self) -> Sequence[RuleGroup]:
        """The groups that are evaluated."""
        return self._groups

    def status(self, rule: Rule) -> RuleStatus:
        """Return how one rule is doing."""
        return self._status[rule.name]

    async def restore(self, alerts: Iterable[Alert]) -> None:
        """Take up the alerts that were pending or firing when the server last stopped.

        An alert whose rule is gone is resolved: nobody will ever evaluate it again.
        """
        at = self._now()
        gone = []
        for alert in alerts:
            status = self._status.get(alert.rule)
            if status is None:
                gone.append(_ended(alert, at.wall_ms))
            else:
                status.held[alert.fingerprint] = restored(alert, at, RESTORE_GRACE_SECONDS)
        if gone:
            await self._sink.publish(gone, at.wall_ms)

    def touch(self, scrape: Scrape, *, pushed: bool) -> None:
        """Ask for the rules that read one of the series to be evaluated soon, one that is costly less often."""
        soonest = self._clock.monotonic() + (PUSHED_DELAY_SECONDS if pushed else SCRAPED_DELAY_SECONDS)
        share = PUSHED_SHARE if pushed else SCRAPED_SHARE
        for rule in self._readers_of(scrape):
            due = max(soonest, self._status[rule].free_at_seconds(share))
            if due < self._touched.get(rule, math.inf):
                self._touched[rule] = due
                self._wake.set()

    async def run(self) -> None:
        """Evaluate for ever; cancel to stop."""
        async with asyncio.TaskGroup() as tasks:
            for group in self._groups:
                tasks.create_task(self._run_group(group), name=f"rules:{group.name}")
            tasks.create_task(self._run_touched(), name="rules:touched")

    async def evaluate(self, rules: Sequence[Rule]) -> None:
        """Evaluate the rules now, in order, and publish what changed."""
        async with self._lock:
            at = self._now()
            advanced: list[Advanced] = []
            for batch in _batches(rules):
                for status, vector in await self._vectors(batch, at):
                    if isinstance(status.rule, RecordingRule):
                        self._record(status, status.rule, vector, at)
                    elif (held := self._advance(status, status.rule, vector, at)) is not None:
                        advanced.append((status, held))
            await self._publish(advanced, at)

    def _readers_of(self, scrape: Scrape) -> frozenset[str]:
        series, rules = self._readers_by_source.get(scrape.source, (None, frozenset[str]()))
        if series is not scrape.series:
            names = {labels.name for labels in scrape.series}
            rules = frozenset(rule for name in names for rule in self._readers.get(name, ()))
            self._readers_by_source[scrape.source] = (scrape.series, rules)
        return rules

    async def _run_group(self, group: RuleGroup) -> None:
        interval = group.interval_ms / 1000
        due = self._clock.monotonic() + interval
        while True:
            await self._clock.sleep(max(0.0, due - self._clock.monotonic()))
            await self.evaluate(group.rules)
            # A late evaluation is not made up for: the next falls on the schedule, as in Prometheus.
            missed = max(0, int((self._clock.monotonic() - due) // interval))
            due += interval * (1 + missed)

    async def _run_touched(self) -> None:
        while True:
            if not self._touched:
                self._wake.clear()
                await self._wake.wait()
            await self._clock.sleep(max(0.0, min(self._touched.values()) - self._clock.monotonic()))
            now = self._clock.monotonic()
            due = [name for name, at in self._touched.items() if at <= now]
            for name in due:
                del self._touched[name]
            # In the order of the files, so that a recorded series is fresh when an alert reads it.
            await self.evaluate([status.rule for name, status in self._status.items() if name in set(due)])

    async def _vectors(self, rules: Sequence[Rule], at: Moment) -> list[tuple[RuleStatus, list[Seen]]]:
        """Return the answers of those rules that got one; one way to the thread and back costs as much as a query."""
        statuses = [self._status[rule.name] for rule in rules]
        loop = asyncio.get_running_loop()
        asked = [(rule.expr, at.wall_ms - rule.query_offset_ms) for rule in rules]
        answers = await loop.run_in_executor(self._thread, self._ask, asked)
        self._evaluations.inc(len(rules))
        vectors = []
        for status, answer in zip(statuses, answers, strict=True):
            status.evaluation_seconds, status.evaluated_at_seconds = answer.seconds, at.monotonic_seconds
            if isinstance(answer.vector, DeskwatchError):
                self._fail(status, answer.vector)
                continue
            status.last_evaluation_ms = at.wall_ms
            status.health, status.last_error = "ok", ""
            vectors.append((status, answer.vector))
        return vectors

    def _ask(self, asked: Sequence[tuple[str, int]]) -> list[_Answer]:
        """Answer in the worker thread."""
        answers = []
        for expr, ts_ms in asked:
            started = self._clock.monotonic()
            vector: list[Seen] | DeskwatchError
            try:
                vector = self._query(expr, ts_ms)
            except DeskwatchError as error:
                vector = error
            answers.append(_Answer(vector, self._clock.monotonic() - started))
        return answers

    def _fail(self, status: RuleStatus, error: DeskwatchError) -> None:
        self._failures.labels("query").inc()
        status.health, status.last_error = "err", str(error)

    def _record(self, status: RuleStatus, rule: RecordingRule, vector: list[Seen], at: Moment) -> None:
        try:
            series = recorded(rule, vector)
        except DeskwatchError as error:
            self._fail(status, error)
            return
        self._append(status, series, at)

    def _advance(
        self, status: RuleStatus, rule: AlertingRule, vector: list[Seen], at: Moment
    ) -> dict[str, Held] | None:
        try:
            seen = observe(rule, vector, at, self._expander.expand)
        except DeskwatchError as error:
            self._fail(status, error)
            return None
        stand = {key: advance(rule, status.held.get(key), seen.get(key), at) for key in {**status.held, **seen}}
        held = {key: one for key, one in stand.items() if one is not None}
        try:
            check_count(
                rule.name, sum(one.alert.state not in ENDED for one in held.values()), rule.max_elements, "alerts"
            )
        except DeskwatchError as error:
            # As in Prometheus the rule has no alerts then; those that were told are told to have ended.
            self._fail(status, error)
            return {key: replace(one, alert=_ended(one.alert, at.wall_ms)) for key, one in status.held.items()}
        return held

    async def _publish(self, advanced: list[Advanced], at: Moment) -> None:
        changed = [alert for status, held in advanced for alert in _to_publish(status, held, at.wall_ms)]
        if changed:
            try:
                await self._sink.publish(changed, at.wall_ms)
            except DeskwatchError as error:
                # Nothing was committed, so nothing changed: the next evaluation finds the same and tries again.
                self._failures.labels("publish").inc()
                for status, _ in advanced:
                    status.health, status.last_error = "err", f"could not commit: {error}"
                return
        for status, held in advanced:
            self._settle(status, held, at)

    def _settle(self, status: RuleStatus, held: Mapping[str, Held], at: Moment) -> None:
        status.held = {key: one for key, one in held.items() if one.alert.state not in ENDED}
        status.last_sent_ms = {key: status.last_sent_ms.get(key, at.wall_ms) for key in status.held}
        self._append(status, _alert_series(status.alerts), at)

    def _append(self, status: RuleStatus, series: Mapping[Labels, float], at: Moment) -> None:
        names = tuple(series)
        if names != status.series:
            status.series = names
        elif not names:
            return
        source = f"rule:{status.rule.name}"
        ts_ms = at.wall_ms - status.rule.query_offset_ms
        self._appender.append(Scrape(source, ts_ms, status.series, list(series.values())))

    def _now(self) -> Moment:
        return Moment(self._clock.now_ms(), self._clock.monotonic())


def _batches(rules: Iterable[Rule]) -> Iterator[list[Rule]]:
    """Yield the rules in order; a recording rule ends a batch, for the next rule may read its series."""
    batch: list[Rule] = []
    for rule in rules:
        batch.append(rule)
        if isinstance(rule, RecordingRule):
            yield batch
            batch = []
    if batch:
        yield batch


def _ended(alert: Alert, now_ms: int) -> Alert:
    if alert.state is AlertState.PENDING:
        return replace(alert, state=AlertState.INACTIVE)
    return replace(alert, state=AlertState.RESOLVED, resolved_at_ms=now_ms)


def _readers(statuses: Mapping[str, RuleStatus], reads: Callable[[str], Collection[str]]) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = {}
    for name, status in statuses.items():
        for metric in reads(status.rule.expr):
            readers.setdefault(metric, []).append(name)
    return readers


def _to_publish(status: RuleStatus, now: Mapping[str, Held], now_ms: int) -> list[Alert]:
    """Return the alerts whose state changed, and the firing ones that are due to be told again."""
    due = []
    for fingerprint, held in now.items():
        before = status.held.get(fingerprint)
        same = before is not None and before.alert.state is held.alert.state
        stale = now_ms - status.last_sent_ms.get(fingerprint, now_ms) >= RESEND_MS
        if not same or (held.alert.state is AlertState.FIRING and stale):
            due.append(held.alert)
            status.last_sent_ms[fingerprint] = now_ms
    return due


def _alert_series(alerts: Iterable[Alert]) -> dict[Labels, float]:
    """Return the series ``ALERTS`` and ``ALERTS_FOR_STATE`` that Prometheus makes of alerts."""
    series: dict[Labels, float] = {}
    for alert in alerts:
        series[alert.labels.merged({METRIC_NAME: "ALERTS", "alertstate": alert.state})] = 1.0
        series[alert.labels.merged({METRIC_NAME: "ALERTS_FOR_STATE"})] = alert.active_at_ms / 1000
    return series
