"""One recording rule: what it sees becomes a series of its own.

Source:  https://github.com/prometheus/prometheus/blob/main/rules/recording.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import METRIC_NAME, Labels
from deskwatch.server.rules.alerting import Seen, check_count


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """A recording rule of a rule file.

    Attributes:
        name: Names the rule in the whole server: ``file/group/record``.
        record: The name of the series that it makes.
        expr: PromQL.
        labels: Labels laid over those of each element.
        max_elements: The most series that it may make; with more it fails and makes none. 0 is no limit.
        query_offset_ms: How far back it looks.
    """

    name: str
    record: str
    expr: str
    labels: Mapping[str, str]
    max_elements: int = 0
    query_offset_ms: int = 0


def recorded(rule: RecordingRule, vector: Iterable[Seen]) -> dict[Labels, float]:
    """Return the series that the rule makes now.

    Raises:
        QueryError: Two elements end with the same labels, or there are more than the group allows.
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
    check_count(rule.name, len(series), rule.max_elements, "series")
    return series
