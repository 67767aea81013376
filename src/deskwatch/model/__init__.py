"""Values that every stage shares; standard library only.

Way:     every stage takes and gives these; none of them does anything by itself.
"""

from deskwatch.model.alert import Alert, AlertState
from deskwatch.model.clock import Clock, SystemClock
from deskwatch.model.duration import format_duration_ms, parse_duration_ms
from deskwatch.model.event import Event, EventKind
from deskwatch.model.labels import METRIC_NAME, Labels
from deskwatch.model.matcher import Matcher, MatchOp
from deskwatch.model.sample import STALE_NAN, Sample, Scrape, is_stale

__all__ = [
    "METRIC_NAME",
    "STALE_NAN",
    "Alert",
    "AlertState",
    "Clock",
    "Event",
    "EventKind",
    "Labels",
    "MatchOp",
    "Matcher",
    "Sample",
    "Scrape",
    "SystemClock",
    "format_duration_ms",
    "is_stale",
    "parse_duration_ms",
]
