"""The alerts that a bot's own code raises: each fires at once, and ends when it was not raised again for a while.

Way:     ingest -> [raised] -> book.  It is the sink's RaisedAlertSink.
Order:   committed by the book before the bot hears that its alert was taken; one that comes twice counts once.
Time:    how long it is quiet goes by the monotonic clock; stamps are wall milliseconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from deskwatch.model import Alert, AlertState, Clock, Labels, format_duration_ms
from deskwatch.server.alerting.book import AlertBook
from deskwatch.server.ingest import RaisedAlert

RULE_PREFIX: Final = "/raised/"
"""Begins the name of the rule of every such alert; those of rule files begin with the file's stem, never with /."""

QUIET_SECONDS: Final = 300.0
"""Alertmanager's ``resolve_timeout``: https://prometheus.io/docs/alerting/latest/configuration/#file-layout"""

MAX_ACTIVE: Final = 500
"""Raised alerts of one bot that are told apart at a time; the client tells at most 1,000 apart."""

MANY: Final = "Many different alerts"
STEP_SECONDS: Final = 1.0
_REMEMBERED_IDS: Final = 16  # a record that is sent again comes with the next request, not much later


@dataclass(slots=True)
class _Held:
    alert: Alert
    quiet_at: float
    ids: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_IDS))


def was_raised(alert: Alert) -> bool:
    """Say whether a bot raised it, and no rule."""
    return alert.rule.startswith(RULE_PREFIX)


class RaisedAlerts:
    """Follows what bots raise.

    Args:
        book: Commits and tells.
        clock: The time.
    """

    def __init__(self, book: AlertBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._held: dict[tuple[str, Labels], _Held] = {}
        self._lock = asyncio.Lock()

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Take up the raised alerts that were firing when the server last stopped."""
        quiet_at = self._clock.monotonic() + QUIET_SECONDS
        for alert in filter(was_raised, alerts):
            self._held[alert.rule, alert.labels] = _Held(alert, quiet_at)

    async def take(self, bot: str, raised: Sequence[RaisedAlert]) -> None:
        """Commit the alerts of a bot; they fire from now on.

        Raises:
            StorageError: None was taken.
        """
        async with self._lock:
            changed = dict(self._held)
            for one in raised:
                self._add(changed, bot, one)
            fresh = [held.alert for key, held in changed.items() if self._held.get(key) is not held]
            await self._book.publish(fresh, self._clock.now_ms())
            self._held = changed

    async def run(self) -> None:
        """End what has gone quiet, for ever; cancel to stop."""
        while True:
            await self._clock.sleep(STEP_SECONDS)
            await self.step()

    async def step(self) -> None:
        """End what has gone quiet.

        Raises:
            StorageError: Nothing has ended; the next step tries again.
        """
        async with self._lock:
            now, now_ms = self._clock.monotonic(), self._clock.now_ms()
            quiet = [key for key, held in self._held.items() if held.quiet_at <= now]
            if quiet:
                await self._book.publish([_ended(self._held[key].alert, now_ms) for key in quiet], now_ms)
                self._held = {key: held for key, held in self._held.items() if key not in quiet}

    def _add(self, held: dict[tuple[str, Labels], _Held], bot: str, raised: RaisedAlert) -> None:
        rule = RULE_PREFIX + bot
        labels = _labels(bot, raised, raised.title)
        if (rule, labels) not in held and sum(of == rule for of, _ in held) >= MAX_ACTIVE:
            labels = _labels(bot, raised, MANY)
        before = held.get((rule, labels))
        if before is not None and raised.id in before.ids:
            return
        now_ms = self._clock.now_ms()
        times = raised.times + (int(before.alert.value) if before is not None else 0)
        since_ms = before.alert.active_at_ms if before is not None else now_ms
        alert = Alert(
            rule=rule,
            labels=labels,
            annotations=_annotations(raised, times),
            state=AlertState.FIRING,
            value=float(times),
            active_at_ms=since_ms,
            fired_at_ms=since_ms,
        )
        ids = deque([*(before.ids if before is not None else ()), raised.id], maxlen=_REMEMBERED_IDS)
        held[rule, labels] = _Held(alert, self._clock.monotonic() + QUIET_SECONDS, ids)


def _labels(bot: str, raised: RaisedAlert, title: str) -> Labels:
    return Labels({"alertname": title, "bot": bot, "component": raised.component, "severity": raised.severity})


def _annotations(raised: RaisedAlert, times: int) -> dict[str, str]:
    details = ", ".join(f"{name} {value}" for name, value in raised.details.items())
    return {
        "summary": (raised.message or raised.title) + (f" ({details})" if details else ""),
        "unit": "times" if times > 1 else "state",
        "quantity": "raised",
        "runbook": "runbooks/RaisedByBot.md",
    }


def _ended(alert: Alert, now_ms: int) -> Alert:
    quiet = format_duration_ms(int(QUIET_SECONDS * 1000))
    summary = f"{alert.annotations['summary']} (not raised again for {quiet})"
    annotations = {**alert.annotations, "summary": summary}
    return replace(alert, state=AlertState.RESOLVED, resolved_at_ms=now_ms, annotations=annotations)
