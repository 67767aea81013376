"""Metrics that a short-lived job pushes, kept as Pushgateway keeps them.

Way:     PUT/POST/DELETE /metrics/job/… -> [pushgateway] -> storage, as one model.Scrape a group.
Source:  https://github.com/prometheus/pushgateway#api ; pushed samples are read with ``honor_labels: true``.
Time:    a push is appended at once, and ``scrapes`` says it again at each interval, so that a series of a job
         that has ended stays as long as its group does.
Threads: owned by the event loop.

Differs from Pushgateway: a POST replaces by the name of the series, not of the family, so a histogram is replaced
bucket, sum and count alike only if all three are pushed again. Groups are not kept over a restart, as
Pushgateway does without ``--persistence.file``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from deskwatch.errors import ParseError, ScrapeError, ScrapeReason
from deskwatch.model import METRIC_NAME, Labels, Scrape
from deskwatch.server.ingest.exposition import Parser
from deskwatch.server.ingest.limits import Limits

MAX_GROUPS: Final = 1_000  # reliability D5: what one source can make grow is capped; 50 bots with 20 groups each
PUSH_TIME: Final = "push_time_seconds"  # github.com/prometheus/pushgateway#about-metric-inconsistencies
_BASE64: Final = "@base64"
_LABEL_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def parse_grouping_key(path: str) -> Labels:
    """Return the labels that name a group.

    Args:
        path: What follows ``/metrics/``, decoded: ``job/<job>{/<label>/<value>}``. A name that ends in ``@base64``
            has its value in URL-safe base64, which is how a value holds a slash or is empty.

    Raises:
        ParseError: It is no grouping key; the text says what would be right.
    """
    parts = path.strip("/").split("/")
    if len(parts) % 2:
        raise ParseError(f"a grouping key is pairs of label and value, such as job/backup, was {path!r}")
    labels: dict[str, str] = {}
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        label = name.removesuffix(_BASE64)
        if not _LABEL_NAME.fullmatch(label) or label.startswith("__") or label in labels:
            raise ParseError(f"{name!r} cannot be a label of a grouping key in {path!r}")
        labels[label] = _decoded(value, path) if name.endswith(_BASE64) else value
    if next(iter(labels)) != "job" or not labels["job"]:
        raise ParseError(f"a grouping key begins with a job that is not empty, such as job/backup, was {path!r}")
    return Labels(labels)


def _decoded(value: str, path: str) -> str:
    unpadded = value.rstrip("=")
    try:
        raw = base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), altchars=b"-_", validate=True)
        return raw.decode("utf-8")
    except (binascii.Error, ValueError):
        raise ParseError(f"{value!r} is no URL-safe base64 of UTF-8 text in {path!r}") from None


@dataclass
class _Group:
    key: Labels
    parser: Parser
    values: dict[Labels, float] = field(default_factory=dict)
    series: tuple[Labels, ...] = ()

    def replace(self, pushed: Mapping[Labels, float], now_ms: int, *, whole: bool) -> None:
        names = {labels.name for labels in pushed}
        kept = {} if whole else {labels: v for labels, v in self.values.items() if labels.name not in names}
        stamp = self.key.with_(**{METRIC_NAME: PUSH_TIME})
        self.values = {**kept, **pushed, stamp: now_ms / 1000}
        if tuple(self.values) != self.series:
            self.series = tuple(self.values)

    def scrape(self, ts_ms: int) -> Scrape:
        return Scrape(_source(self.key), ts_ms, self.series, list(self.values.values()))


class PushGroups:
    """All groups that were pushed.

    Args:
        server_labels: Labels that every group gets; they win over what a client claims (reliability D6).
        limits: How much one push may hold.
    """

    def __init__(self, server_labels: Mapping[str, str] | None = None, *, limits: Limits | None = None) -> None:
        self._server_labels = dict(server_labels or {})
        self._limits = limits or Limits()
        self._groups: dict[Labels, _Group] = {}

    def push(self, key: Labels, body: bytes, now_ms: int, *, replace_group: bool) -> Scrape:
        """Take a push and return what the group says now.

        Args:
            key: The grouping key; its labels win over those in the body.
            body: The exposition.
            now_ms: The time of the push.
            replace_group: True for PUT: all metrics of the group; False for POST: those of the same names.

        Raises:
            ParseError: The body is no exposition; the group stays as it was.
            ScrapeError: It goes past a limit.
        """
        key = key.merged(self._server_labels)
        group = self._groups.get(key) or self._new_group(key)
        pushed = group.parser.parse(body, now_ms, _source(key))
        named = {labels.merged(key): value for labels, value in zip(pushed.series, pushed.values, strict=True)}
        group.replace(named, now_ms, whole=replace_group)
        self._groups[key] = group
        return group.scrape(now_ms)

    def delete(self, key: Labels, now_ms: int) -> Scrape | None:
        """Forget a group and return its last, empty scrape, which ends its series; None if there was none."""
        key = key.merged(self._server_labels)
        if self._groups.pop(key, None) is None:
            return None
        return Scrape(_source(key), now_ms, (), ())

    def scrapes(self, now_ms: int) -> Iterator[Scrape]:
        """Say every group again, as a scrape of Pushgateway would."""
        return (group.scrape(now_ms) for group in self._groups.values())

    def _new_group(self, key: Labels) -> _Group:
        if len(self._groups) >= MAX_GROUPS:
            raise ScrapeError(
                f"there are already {MAX_GROUPS} push groups; delete one", reason=ScrapeReason.SAMPLE_LIMIT
            )
        return _Group(key, Parser({}, limits=self._limits, honor_labels=True))


def _source(key: Labels) -> str:
    return "push:" + ",".join(f"{name}={value}" for name, value in key.pairs)
