"""What is scraped, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from deskwatch.errors import ScrapeReason
from deskwatch.model import Labels


class TargetHealth(StrEnum):
    """How the last scrape ended; the words are Prometheus's (/api/v1/targets)."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Target:
    """A /metrics to read at an interval.

    Attributes:
        job: The label ``job``.
        url: Where it is.
        interval_ms: Between the starts of two scrapes.
        timeout_ms: The longest that one may take, from connecting to the last byte.
        instance: The label ``instance``; ``host:port`` of the URL if empty.
        labels: More labels for all its series.
    """

    job: str
    url: str
    interval_ms: int
    timeout_ms: int
    instance: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def target_labels(self) -> Labels:
        """The labels that each of its series gets."""
        return Labels({**self.labels, "job": self.job, "instance": self.instance or urlsplit(self.url).netloc})

    @property
    def source(self) -> str:
        """Names the target in a model.Scrape."""
        return f"scrape:{self.job}/{self.target_labels['instance']}"


@dataclass(slots=True)
class TargetState:
    """How a target stands after its last scrape.

    Attributes:
        target: The target.
        health: Whether the last scrape brought samples.
        reason: Why it did not, or None.
        error: The same in words, empty when it did.
        last_scrape_ms: When the last one started, or None before the first.
        last_duration_seconds: How long it took.
        samples: How many samples it brought.
    """

    target: Target
    health: TargetHealth = TargetHealth.UNKNOWN
    reason: ScrapeReason | None = None
    error: str = ""
    last_scrape_ms: int | None = None
    last_duration_seconds: float = 0.0
    samples: int = 0
