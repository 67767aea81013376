"""The message that a person reads: what, how bad, since when, P&L, position, log, link.

Way:     notification -> [message] -> a channel, which only dresses it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from deskwatch.model import Alert
from deskwatch.server.alerting.context import Context, Position
from deskwatch.server.alerting.notification import FlushReason, Notice, Notification
from deskwatch.server.alerting.notify.figures import (
    format_money,
    format_quantity,
    format_span,
    format_time,
    format_value,
)
from deskwatch.server.alerting.notify.text import clean

MAX_ALERTS: Final = 5
"""More do not fit a phone's screen; the rest is counted, and the link shows it."""

LOG_LINES: Final = 3
"""Issue 2: the last three log lines."""

LATE_MS: Final = 60_000
"""A message that waited longer than this says when it was written."""


@dataclass(frozen=True, slots=True)
class Section:
    """A labelled part of a message.

    Attributes:
        label: What it is about.
        lines: What it says.
        verbatim: Whether the lines are to be shown as they are, such as a log.
    """

    label: str
    lines: tuple[str, ...]
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered notification; every text in it is clean.

    Attributes:
        title: The one line that a lock screen shows.
        severity: The worst severity in it.
        status: ``firing`` or ``resolved``.
        sections: The rest, the most important first.
        notification: What it was made of.
        possible_repeat: Whether it may have arrived before.
    """

    title: str
    severity: str
    status: str
    sections: tuple[Section, ...]
    notification: Notification
    possible_repeat: bool = False

    @property
    def text(self) -> str:
        """The message as plain text."""
        return "\n".join([self.title, *(_plain(section) for section in self.sections)])


def render(
    notification: Notification,
    now_ms: int,
    *,
    repeat_of: str | None = None,
    fallback_of: str | None = None,
) -> Message:
    """Return the message for a notification.

    Args:
        notification: What to say.
        now_ms: Wall time; only a late message mentions it.
        repeat_of: Names the message when it may have arrived before.
        fallback_of: The channel that did not take it.
    """
    title = _title(notification) + (f" (possible repeat of #{repeat_of})" if repeat_of else "")
    sections = (
        *_notes(notification, now_ms, fallback_of),
        *_alert_sections(notification),
        *_context_sections(notification.context),
        *_links(notification),
    )
    return Message(
        title=clean(title),
        severity=notification.severity,
        status=notification.status,
        sections=tuple(Section(s.label, tuple(map(clean, s.lines)), s.verbatim) for s in sections),
        notification=notification,
        possible_repeat=repeat_of is not None,
    )


def _title(notification: Notification) -> str:
    names = list(dict.fromkeys(notice.alert.name for notice in notification.notices))
    about = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
    where = notification.common_labels.get("bot") or notification.common_labels.get("strategy")
    return f"{_status_words(notification)} [{notification.severity}] {about}" + (f" on {where}" if where else "")


def _status_words(notification: Notification) -> str:
    if notification.firing:
        return "STILL FIRING" if notification.reason is FlushReason.REPEAT else "FIRING"
    return "RESOLVED" if all(notice.heard for notice in notification.notices) else "FIRED AND RESOLVED"


def _notes(notification: Notification, now_ms: int, fallback_of: str | None) -> Iterator[Section]:
    if fallback_of:
        yield Section("Note", (f"channel {fallback_of} has not taken this message",))
    if now_ms - notification.created_at_ms > LATE_MS:
        yield Section("Late", (f"written {format_time(notification.created_at_ms)}",))


def _alert_sections(notification: Notification) -> Iterator[Section]:
    notices = notification.notices
    for number, notice in enumerate(notices[:MAX_ALERTS], start=1):
        label = f"What {number}/{len(notices)}" if len(notices) > 1 else "What"
        yield Section(label, (_what(notice, alone=len(notices) == 1),))
        how_bad = _how_bad(notice.alert)
        if how_bad:
            yield Section("How bad", (how_bad,))
        yield Section("Since", (_since(notice, notification.created_at_ms),))
    if len(notices) > MAX_ALERTS:
        yield Section("And", (f"{len(notices) - MAX_ALERTS} more alerts",))


def _what(notice: Notice, *, alone: bool) -> str:
    alert = notice.alert
    summary = alert.annotations.get("summary") or alert.annotations.get("description") or alert.name
    if alone:
        return summary
    ended = "resolved" if notice.heard else "fired and resolved"
    return f"{'firing' if notice.firing else ended}: {summary}"


def _how_bad(alert: Alert) -> str:
    unit = alert.annotations.get("unit", "plain")
    if unit == "state":
        return ""  # 0 or 1 tells a person nothing that the summary has not told
    value = format_value(alert.value, unit)
    quantity = alert.annotations.get("quantity", "")
    limit = "" if alert.limit is None else f", limit {format_value(alert.limit, unit)}"
    return f"{quantity} {value}{limit}".strip()


def _since(notice: Notice, written_ms: int) -> str:
    alert = notice.alert
    since = format_time(alert.active_at_ms)
    if notice.firing or alert.resolved_at_ms is None:
        return f"{since} (for {format_span(written_ms - alert.active_at_ms)})"
    span = format_span(alert.resolved_at_ms - alert.active_at_ms)
    return f"{since} until {format_time(alert.resolved_at_ms)} (for {span})"


def _context_sections(context: Context | None) -> Iterator[Section]:
    if context is None:
        return
    yield Section("P&L", (_pnl(context),))
    yield Section("Position", _positions(context))
    if context.guard_state:
        yield Section("Guard", (context.guard_state,))
    if context.market_ts_ms is not None:
        yield Section("Market time", (format_time(context.market_ts_ms),))
    if context.log_lines:
        yield Section("Log", context.log_lines[-LOG_LINES:], verbatim=True)


def _pnl(context: Context) -> str:
    known = (("today", context.pnl_day, True), ("total", context.pnl_total, True), ("equity", context.equity, False))
    parts = [
        f"{label} {format_money(amount, context.currency, signed=signed)}"
        for label, amount, signed in known
        if amount is not None
    ]
    if context.drawdown_ratio is not None:
        parts.append(f"drawdown {format_value(context.drawdown_ratio, 'ratio')}")
    return ", ".join(parts) or "unknown"


def _positions(context: Context) -> tuple[str, ...]:
    if context.positions is None:
        return ("unknown",)
    return tuple(_position(position, context.currency) for position in context.positions) or ("flat",)


def _position(position: Position, currency: str) -> str:
    worth = "" if position.notional is None else f" ({format_money(position.notional, currency)})"
    return f"{position.symbol} {format_quantity(position.quantity)}{worth}"


def _links(notification: Notification) -> Iterator[Section]:
    if notification.link:
        yield Section("Link", (notification.link,))
    runbooks = dict.fromkeys(
        notice.alert.annotations.get("runbook_url") or notice.alert.annotations.get("runbook", "")
        for notice in notification.notices[:MAX_ALERTS]
    )
    known = tuple(_runbook_link(notification.url, runbook) for runbook in runbooks if runbook)
    if known:
        yield Section("Runbook", known)


def _runbook_link(url: str, runbook: str) -> str:
    """Return the address of a runbook; one of the catalogue is a page of this server."""
    try:
        return urljoin(f"{url}/", runbook) if url else runbook
    except ValueError:  # the annotation is no address; it is shown as it is
        return runbook


def _plain(section: Section) -> str:
    if len(section.lines) == 1 and not section.verbatim:
        return f"{section.label}: {section.lines[0]}"
    return "\n".join([f"{section.label}:", *(f"  {line}" for line in section.lines)])
