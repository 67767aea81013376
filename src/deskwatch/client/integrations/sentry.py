"""What Sentry reports, with our labels and figures on it, and counted.

Way:     ``sentry_sdk.capture_exception`` → Sentry's event processors → [sentry] → the event, and ``app_errors_total``.
Threads: an event is prepared in the thread that reports it.
Source:  https://docs.sentry.io/platforms/python/enriching-events/event-processors/
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from deskwatch.catalog.metrics import celery, database, http
from deskwatch.client.extra import load
from deskwatch.client.link import BOT_VARIABLE
from deskwatch.client.metrics import DropReason
from deskwatch.client.service.metrics import ServiceMetrics

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

CONTEXT: Final = "deskwatch"
"""The name of the block on Sentry's page of an event."""

DEFAULT_FIGURES: Final = (
    http.REQUESTS_IN_PROGRESS.name,
    database.CONNECTIONS_ACTIVE.name,
    celery.ACTIVE_TASKS.name,
    celery.QUEUE_LENGTH.name,
)

MAX_FIGURES: Final = 50
"""Series on one event; Sentry cuts an event's contexts that are too large.

Source: https://develop.sentry.dev/sdk/expected-features/data-handling/#variable-size
"""

DROPPED: Final = "deskwatch_client_drops_total"
"""Stands on every event, as the sum over all reasons."""

NO_EXCEPTION: Final = "message"
"""The type of what was reported without an exception."""


def watch_sentry(
    metrics: ServiceMetrics | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    figures: Collection[str] = DEFAULT_FIGURES,
) -> ServiceMetrics:
    """Put labels and figures on all that Sentry reports from now on, and count the errors.

    Call it once, before or after ``sentry_sdk.init``. Traces get the same tags and figures; they are not counted.

    Args:
        metrics: Where to record; by default a recorder in the registry of the process.
        labels: Tags for each event, such as ``{"strategy": "mean_reversion"}``; a tag that the event has stays. Under
            ``deskwatch run`` the tag ``bot`` is added.
        figures: Names of counters and gauges whose values, as they were at the last scrape, stand on each event in the
            block ``deskwatch``; the first 50 series of them.

    Returns:
        The recorder, for what else the service does.

    Raises:
        MissingExtraError: sentry-sdk is not installed.
    """
    scope = load("sentry_sdk", "sentry", "Counting what Sentry reports").get_global_scope()
    recorder = metrics if metrics is not None else ServiceMetrics()
    bot = os.environ.get(BOT_VARIABLE)
    tags = {**({"bot": bot} if bot else {}), **(labels or {})}
    scope.add_event_processor(_Events(recorder, tags, tuple(figures)).prepare)
    return recorder


class _Events:
    """Prepares events, after Sentry has thrown away what it has already seen."""

    def __init__(self, metrics: ServiceMetrics, tags: Mapping[str, str], figures: tuple[str, ...]) -> None:
        self._metrics = metrics
        self._tags = tags
        self._figures = figures

    def prepare(self, event: Event, hint: Hint) -> Event:  # noqa: ARG002  (Sentry's form)
        try:
            if event.get("type") is None:  # an error; a trace and others name what they are
                self._metrics.record_error(_type_of(event), str(event.get("level", "error")))
            event["tags"] = {**self._tags, **dict(event.get("tags") or {})}
            event["contexts"] = {**(event.get("contexts") or {}), CONTEXT: self._read()}
        except Exception:  # noqa: BLE001  (another processor may have left anything; the event goes out as it is)
            self._metrics.registry.drops.count(DropReason.INTERNAL)
        return event

    def _read(self) -> dict[str, object]:
        lines: list[str] = []
        for family in self._metrics.registry.families():
            if family.name in self._figures and family.kind != "histogram":
                family.write(lines)
        series = [line.rpartition(" ") for text in lines for line in text.splitlines() if not line.startswith("#")]
        dropped = str(self._metrics.registry.drops.total)
        return {DROPPED: dropped, **{name: value for name, _, value in series[:MAX_FIGURES]}}


def _type_of(event: Event) -> str:
    values = (event.get("exception") or {}).get("values") or [{}]
    kind: object = values[-1].get("type")
    return str(kind) if kind else NO_EXCEPTION
