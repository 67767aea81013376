"""One recording rule: what it sees becomes a series of its own.

Source:  https://github.com/prometheus/prometheus/blob/main/rules/recording.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import METRIC_NAME, Labels
from deskwatch.server.rules.alerting import Seen


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """A recording rule of a rule file.

    Attributes:
        name: Names the rule in the whole server: ``file/group/record``.
        record: The name of the series that it makes.
        expr: PromQL.
        labels: Labels laid over those of each element.
    """

    name: str
    record: str
    expr: str
    labels: Mapping[str, str]


def recorded(rule: RecordingRule, vector: Iterable[Seen]) -> dict[Labels, float]:
    """Return the series that the rule makes now.

    Raises:
        QueryError: Two elements end with the same labels.
    """
    series: dict[Labels, float] = {}
    for seen in vector:
        labels = seen.labels.merged({**rule.labels, METRIC_NAME: rule.record})
        if labels in series:
            raise QueryError(
                f"rule {rule.name}: two elements end as {labels}; aggregate the expression by fewer labels",
                reason=QueryReason.EXECUTION,
            )
        series[labels] = seen.value
    return series
