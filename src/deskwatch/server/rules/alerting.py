"""One alerting rule: what it sees becomes alerts that are pending, firing or resolved.

Source:  https://github.com/prometheus/prometheus/blob/main/rules/alerting.go (AlertingRule.Eval)
Time:    stamps are wall milliseconds; how long a condition holds is measured on the monotonic clock, so that
         setting the clock neither fires nor forgets an alert.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import METRIC_NAME, Alert, AlertState, Labels


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time on both clocks."""

    wall_ms: int
    monotonic_seconds: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One element of the vector that the expression gave."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class AlertingRule:
    """An alerting rule of a rule file.

    Attributes:
        name: Names the rule in the whole server: ``file/group/alert``.
        alert: The alert's name.
        expr: PromQL; each element of its answer is an alert.
        hold_ms: ``for``: how long the condition must hold before the alert fires.
        keep_firing_ms: ``keep_firing_for``: how long it fires on after the condition ended.
        labels: Templates of labels laid over those of the element.
        annotations: Templates of text for people.
        limit: The threshold in the expression, where it has one.
        max_elements: The most alerts that it may have; with more it fails and has none. 0 is no limit.
        query_offset_ms: How far back it looks.
    """

    name: str
    alert: str
    expr: str
    hold_ms: int
    keep_firing_ms: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    limit: float | None = None
    max_elements: int = 0
    query_offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """An alert, and its times on the monotonic clock.

    Attributes:
        alert: The alert.
        since_seconds: Since when the condition holds.
        quiet_since_seconds: Since when only ``keep_firing_for`` holds it.
        grace_until_seconds: After a restart, until when an absent condition means "not read yet".
    """

    alert: Alert
    since_seconds: float
    quiet_since_seconds: float | None = None
    grace_until_seconds: float = -math.inf


Expand = Callable[[str, Labels, float], str]
"""Fills in a template: text, the element's labels, its value."""


def observe(
    rule: AlertingRule, vector: Iterable[Seen], at: Moment, expand: Expand, generator_url: str = ""
) -> dict[str, Alert]:
    """Return what the rule sees now, as new pending alerts by fingerprint.

    Raises:
        QueryError: Two elements end with the same labels.
    """
    found: dict[str, Alert] = {}
    for seen in vector:
        labels = _alert_labels(rule, seen, expand)
        fingerprint = labels.fingerprint()
        if fingerprint in found:
            raise QueryError(
                f"rule {rule.name}: two elements have the labels {labels}; aggregate the expression by fewer "
                "labels, or keep the label that tells them apart",
                reason=QueryReason.EXECUTION,
            )
        found[fingerprint] = Alert(
            rule=rule.name,
            labels=labels,
            annotations={name: expand(text, seen.labels, seen.value) for name, text in rule.annotations.items()},
            state=AlertState.PENDING,
            value=seen.value,
            active_at_ms=at.wall_ms,
            limit=rule.limit,
            generator_url=generator_url,
        )
    return found


def check_count(rule: str, count: int, max_elements: int, what: str) -> None:
    """Refuse what is more than the group's ``limit``.

    Raises:
        QueryError: It is more; as in Prometheus the rule then has nothing at all.
    """
    if max_elements and count > max_elements:
        raise QueryError(
            f"rule {rule}: {count} {what}, the limit of its group is {max_elements}", reason=QueryReason.EXECUTION
        )


def advance(rule: AlertingRule, held: Held | None, seen: Alert | None, at: Moment) -> Held | None:
    """Return where one alert stands now.

    Args:
        rule: The rule.
        held: The alert as it stood, ``None`` when it did not exist.
        seen: What :func:`observe` found for it, ``None`` when the condition does not hold.
        at: Now.

    Returns:
        The alert as it stands; ``RESOLVED`` or ``INACTIVE`` say that it ended and is to be forgotten.
    """
    if seen is None:
        return _unseen(rule, held, at)
    if held is None or held.alert.state in (AlertState.RESOLVED, AlertState.INACTIVE):
        held = Held(seen, since_seconds=at.monotonic_seconds)
    else:
        alert = replace(
            held.alert, value=seen.value, annotations=seen.annotations, limit=seen.limit, keep_firing_since_ms=None
        )
        held = Held(alert, held.since_seconds)
    return _fire_when_due(rule, held, at)


def restored(alert: Alert, at: Moment, grace_seconds: float) -> Held:
    """Return the alert as it was committed before a restart, with the time that has passed since.

    Args:
        alert: What was committed.
        at: Now.
        grace_seconds: How long an absent condition leaves it as it is: the targets have yet to be scraped.
    """
    since = at.monotonic_seconds - (at.wall_ms - alert.active_at_ms) / 1000
    quiet = alert.keep_firing_since_ms
    quiet_since = None if quiet is None else at.monotonic_seconds - (at.wall_ms - quiet) / 1000
    return Held(alert, since, quiet_since, at.monotonic_seconds + grace_seconds)


def _alert_labels(rule: AlertingRule, seen: Seen, expand: Expand) -> Labels:
    own = {name: expand(text, seen.labels, seen.value) for name, text in rule.labels.items()}
    return seen.labels.without(METRIC_NAME).merged({**own, "alertname": rule.alert})


def _fire_when_due(rule: AlertingRule, held: Held, at: Moment) -> Held:
    if held.alert.state is not AlertState.PENDING:
        return held
    held_for_ms = (at.monotonic_seconds - held.since_seconds) * 1000
    # Half a millisecond: float seconds must not make a rule one evaluation late.
    if held_for_ms + 0.5 < rule.hold_ms:
        return held
    return replace(held, alert=replace(held.alert, state=AlertState.FIRING, fired_at_ms=at.wall_ms))


def _unseen(rule: AlertingRule, held: Held | None, at: Moment) -> Held | None:
    if held is None or at.monotonic_seconds < held.grace_until_seconds:
        return held
    if held.alert.state is AlertState.PENDING:
        return replace(held, alert=replace(held.alert, state=AlertState.INACTIVE))
    quiet_since = held.quiet_since_seconds
    if quiet_since is None:
        quiet_since = at.monotonic_seconds
    if (at.monotonic_seconds - quiet_since) * 1000 < rule.keep_firing_ms:
        keep_since = held.alert.keep_firing_since_ms or at.wall_ms
        return Held(replace(held.alert, keep_firing_since_ms=keep_since), held.since_seconds, quiet_since)
    return replace(held, alert=replace(held.alert, state=AlertState.RESOLVED, resolved_at_ms=at.wall_ms))
