"""An alert: the fact that a rule holds for one set of labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deskwatch.model.labels import Labels


class AlertState(StrEnum):
    """Where an alert stands; the names are Prometheus's."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one rule at one moment.

    Attributes:
        rule: Names the rule: ``file/group/alertname``, unique in the server.
        labels: With ``alertname``; they identify the alert.
        annotations: Text for people, already filled in.
        state: Where it stands.
        value: What the expression gave.
        active_at_ms: Since when the condition holds; with ``fingerprint`` it names the episode.
        fired_at_ms: When it became firing.
        resolved_at_ms: When it ended.
        keep_firing_since_ms: Since when only ``keep_firing_for`` holds it.
        limit: The threshold of the expression, where it is a comparison with a number.
        generator_url: A link to the expression.
    """

    rule: str
    labels: Labels
    annotations: Mapping[str, str]
    state: AlertState
    value: float
    active_at_ms: int
    fired_at_ms: int | None = None
    resolved_at_ms: int | None = None
    keep_firing_since_ms: int | None = None
    limit: float | None = None
    generator_url: str = ""

    @property
    def name(self) -> str:
        """The name of the rule, ``alertname``."""
        return self.labels.get("alertname", "")

    @property
    def severity(self) -> str:
        """The label ``severity``, or ``none``."""
        return self.labels.get("severity", "none")

    @property
    def fingerprint(self) -> str:
        """Identifies the alert across moments."""
        return self.labels.fingerprint()

    @property
    def episode(self) -> str:
        """Names this one run from condition to resolution: fingerprint and start."""
        return f"{self.fingerprint}-{self.active_at_ms}"
