"""How one rule is doing: its last evaluation, what that cost, and the alerts that it holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from deskwatch.model import Alert, Labels
from deskwatch.server.rules.alerting import AlertingRule, Held
from deskwatch.server.rules.recording import RecordingRule

Rule = AlertingRule | RecordingRule


@dataclass(slots=True)
class RuleStatus:
    """How a rule is doing, as ``/api/v1/rules`` tells it."""

    rule: Rule
    interval_seconds: float
    health: str = "unknown"
    last_error: str = ""
    last_evaluation_ms: int = 0
    evaluation_seconds: float = 0.0
    evaluated_at_seconds: float = -math.inf
    held: dict[str, Held] = field(default_factory=dict)
    last_sent_ms: dict[str, int] = field(default_factory=dict)
    series: tuple[Labels, ...] = ()

    @property
    def alerts(self) -> list[Alert]:
        """The alerts of the rule that are pending or firing."""
        return [held.alert for held in self.held.values()]

    def free_at_seconds(self, share: float) -> float:
        """Return from when on another evaluation keeps to the share of a core; its schedule is never outwaited."""
        return self.evaluated_at_seconds + min(self.evaluation_seconds / share, self.interval_seconds)
