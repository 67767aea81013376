"""The calls by which a bot's own code raises an alert.

Way:     critical, high, medium, info, send_alert → [manager]: pace → link, urgent → the server, which routes it.
Threads: any may call; alerts are worked off one at a time by whoever brings them. A daemon thread, begun with the first
         alert that is held back, tells it when its time has come. Nothing is sent or logged on the caller's thread.
Without a monitor an alert stands in the log only (logger ``deskwatch``).
"""

from __future__ import annotations

import atexit
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deskwatch.client import diagnostics, untrusted
from deskwatch.client.alerts.pace import MAX_ALERTS, Pace, Pacer
from deskwatch.client.alerts.settings import read_pace
from deskwatch.client.alerts.severity import Severity, severity_named
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.link import NoLink, Record, RecordSink, default_link
from deskwatch.client.metrics import DropReason, Registry, default_registry
from deskwatch.client.trading.inbox import Inbox

MAX_MESSAGE_CHARS: Final = 4_000  # a Telegram message holds 4,096: https://core.telegram.org/bots/api#sendmessage
MAX_DETAILS: Final = 20
MANY: Final = "Many different alerts"
"""The title under which alerts are told that are too many to tell apart."""
UNTITLED: Final = "Untitled alert"
"""The title of an alert whose own cannot be read; an alert is never thrown away for its words."""


class AlertManager:
    """Raises alerts; no call raises an exception or waits.

    An alert is the same as another when severity, title and component are; put figures and ids into the message.

    Args:
        config_path: A YAML file with the section ``alert_manager`` (``window_seconds``, ``per_minute``); what else
            stands in it is left alone, since the server's ``deskwatch.yaml`` says who is told.
        pace: The same without a file.
        registry: Counts what could not be used.
        link: Where the monitor is told.
        clock: Gives the wall time in seconds.
        monotonic: Gives the time that windows are measured in.

    Raises:
        ValueError: The file cannot be read or used, or both it and a pace were given.
        MissingExtraError: A file was given, and what reads YAML is not installed.
    """

    def __init__(
        self,
        config_path: Path | str | None = None,
        *,
        pace: Pace | None = None,
        registry: Registry | None = None,
        link: RecordSink | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if config_path is not None and pace is not None:
            raise ValueError("give either a config_path or a pace, not both")
        known = read_pace(Path(config_path)) if config_path is not None else pace
        self._drops = (registry if registry is not None else default_registry()).drops
        self._link = link if link is not None else default_link()
        self._clock = clock
        self._monotonic = monotonic
        self._pace = known or Pace()
        self._begin()
        renew_after_fork(self)
        atexit.register(self.flush)

    def _begin(self) -> None:
        self._pacer: Pacer[Record] = Pacer(self._pace)
        self._inbox = Inbox(self._drops)
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._sleep_seconds: float | None = None

    def critical(self, title: str, message: str = "", component: str = "", **details: object) -> None:
        """Raise an alert of P0: somebody must act now."""
        self._raise(Severity.CRITICAL, title, message, component, details)

    def high(self, title: str, message: str = "", component: str = "", **details: object) -> None:
        """Raise an alert of P1: somebody must look soon."""
        self._raise(Severity.HIGH, title, message, component, details)

    def medium(self, title: str, message: str = "", component: str = "", **details: object) -> None:
        """Raise an alert of P2: somebody must look today."""
        self._raise(Severity.MEDIUM, title, message, component, details)

    def info(self, title: str, message: str = "", component: str = "", **details: object) -> None:
        """Tell something that nobody has to act on."""
        self._raise(Severity.INFO, title, message, component, details)

    def send_alert(
        self, severity: Severity | str, title: str, message: str = "", component: str = "", **details: object
    ) -> None:
        """Raise an alert.

        Args:
            severity: ``critical``, ``high``, ``medium`` or ``info``; also P0, P1, P2. One that is unknown counts as
                critical, since nobody would hear of it otherwise.
            title: What happened, in a few words; it names the alert.
            message: What to know, one or two sentences.
            component: The part of the system: ``risk_management``.
            **details: Figures and ids, shown below the message; at most 20.
        """
        self._raise(severity, title, message, component, details)

    def _raise(
        self, severity: object, title: object, message: object, component: object, details: dict[str, object]
    ) -> None:
        known = severity_named(severity)
        name = untrusted.text(title, untrusted.MAX_NAME_CHARS)
        if known is None or not name:
            self._drops.count(DropReason.ALERT)
        record: Record = {
            "kind": "alert",
            "ts_ms": int(self._clock() * 1000),
            "id": uuid.uuid4().hex,
            "severity": (known or Severity.CRITICAL).value,
            "title": name or UNTITLED,
            "message": untrusted.text(message, MAX_MESSAGE_CHARS) or "",
            "component": untrusted.text(component, untrusted.MAX_NAME_CHARS) or "",
            "details": _readable(details),
        }
        self._inbox.submit(lambda: self._take(record))

    def flush(self) -> None:
        """Tell everything that is held back; done by itself when the process ends."""
        self._inbox.submit(lambda: self._tell(self._pacer.rest()))

    def _take(self, record: Record) -> None:
        now = self._monotonic()
        severity = record["severity"]
        key = (severity, record["title"], record["component"])
        if not self._pacer.has_room(key, now):
            self._drops.count(DropReason.ALERT)
            diagnostics.say(
                "alerts", f"more than {MAX_ALERTS} different alerts; put ids into the message, not the title"
            )
            record = {**record, "title": MANY, "message": f"The newest: {record['title']}. {record['message']}"}
            key = (severity, MANY, None)
        self._tell(self._pacer.take(key, record, now, urgent=severity == Severity.CRITICAL))
        self._plan(now)

    def _tell(self, alerts: list[tuple[Record, int]]) -> None:
        for record, times in alerts:
            self._link.send({**record, "times": times}, urgent=True)
            if isinstance(self._link, NoLink):
                diagnostics.tell(_line(record, times))

    def _plan(self, now: float) -> None:
        """Have the thread come back when something that is held back is due."""
        before, self._sleep_seconds = self._sleep_seconds, self._pacer.next_due(now)
        if self._sleep_seconds is None:
            return
        if self._thread is None:
            self._start()
        elif before is None:
            self._wake.set()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="deskwatch-alerts", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._drops.count(DropReason.INTERNAL)  # no thread to be had now; the next alert tries again
        else:
            self._thread = thread

    def _run(self) -> None:
        while True:
            self._wake.wait(self._sleep_seconds)
            self._wake.clear()
            self._inbox.submit(self._release)

    def _release(self) -> None:
        now = self._monotonic()
        self._tell(self._pacer.due(now))
        self._plan(now)

    def after_fork(self) -> None:
        """Leave to the parent what it holds back."""
        self._begin()


def _readable(details: dict[str, object]) -> dict[str, str]:
    first = list(details.items())[:MAX_DETAILS]
    return {str(untrusted.text(name, 64)): untrusted.text(value, 500) or "unreadable" for name, value in first}


def _line(record: Record, times: int) -> str:
    again = f" ({times} times)" if times > 1 else ""
    return (
        f"alert [{record['severity']}] {record['title']}{again}: {record['message']} {record['details'] or ''}".rstrip()
    )
