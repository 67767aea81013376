"""One rule's alerts over time; the expected states are those of Prometheus's documentation and alerting.go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskwatch.errors import QueryError
from deskwatch.model import Alert, AlertState, Labels
from deskwatch.server.rules.alerting import AlertingRule, Held, Moment, Seen, advance, observe, restored

RULE = AlertingRule(
    name="t/risk/Drawdown",
    alert="Drawdown",
    expr="dd > 0.1",
    hold_ms=120_000,
    keep_firing_ms=0,
    labels={"severity": "critical"},
    annotations={"summary": "at {{ $value }}"},
    limit=0.1,
)


def plain(template: str, labels: Labels, value: float) -> str:
    return template.replace("{{ $value }}", str(value))


def at(seconds: float, wall_jump_seconds: float = 0) -> Moment:
    return Moment(round((1_000_000 + seconds + wall_jump_seconds) * 1000), seconds)


def see(value: float, now: Moment, rule: AlertingRule = RULE) -> Alert:
    (alert,) = observe(rule, [Seen(Labels({"__name__": "dd", "bot": "a"}), value)], now, plain).values()
    return alert


def follow(values: dict[float, float | None], rule: AlertingRule = RULE) -> dict[float, AlertState | None]:
    """Advance one alert through what is seen at each second; ``None`` is "condition does not hold"."""
    held: Held | None = None
    states: dict[float, AlertState | None] = {}
    for second, value in values.items():
        now = at(second)
        held = advance(rule, held, None if value is None else see(value, now, rule), now)
        states[second] = held.alert.state if held else None
        if held and held.alert.state in (AlertState.RESOLVED, AlertState.INACTIVE):
            held = None
    return states


def test_an_alert_carries_the_elements_labels_without_the_metric_name() -> None:
    alert = see(0.2, at(0))
    assert dict(alert.labels) == {"alertname": "Drawdown", "bot": "a", "severity": "critical"}
    assert alert.annotations == {"summary": "at 0.2"}
    assert alert.limit == 0.1


def test_two_elements_with_the_same_labels_are_an_error_not_one_alert() -> None:
    twice = [Seen(Labels({"__name__": name, "bot": "a"}), 1.0) for name in ("dd", "other")]
    with pytest.raises(QueryError, match="aggregate the expression"):
        observe(RULE, twice, at(0), plain)


def test_it_is_pending_until_the_condition_has_held_for_the_whole_time() -> None:
    states = follow({0: 0.2, 60: 0.2, 119: 0.2, 120: 0.2, 121: 0.2})
    assert list(states.values()) == [AlertState.PENDING] * 3 + [AlertState.FIRING] * 2


def test_a_gap_while_pending_starts_again_from_nothing() -> None:
    states = follow({0: 0.2, 60: None, 61: 0.2, 180: 0.2, 181: 0.2})
    assert states == {
        0: AlertState.PENDING,
        60: AlertState.INACTIVE,
        61: AlertState.PENDING,
        180: AlertState.PENDING,
        181: AlertState.FIRING,
    }


def test_without_a_hold_it_fires_at_once_and_resolves_at_once() -> None:
    states = follow({0: 0.2, 1: None}, replace(RULE, hold_ms=0))
    assert states == {0: AlertState.FIRING, 1: AlertState.RESOLVED}


def test_keep_firing_for_bridges_a_gap_and_counts_anew_after_it() -> None:
    rule = replace(RULE, hold_ms=0, keep_firing_ms=30_000)
    states = follow({0: 0.2, 10: None, 39: None, 40: 0.2, 50: None, 79: None, 80: None}, rule)
    assert [states[second] for second in (10, 39, 40, 50, 79)] == [AlertState.FIRING] * 5
    assert states[80] is AlertState.RESOLVED


@pytest.mark.parametrize("jump_seconds", [3600, -3600, 300, -300])
def test_setting_the_wall_clock_neither_fires_early_nor_starts_again(jump_seconds: float) -> None:
    held = advance(RULE, None, see(0.2, at(0)), at(0))
    for second in (30, 60, 90, 119):
        now = at(second, jump_seconds)
        held = advance(RULE, held, see(0.2, now), now)
        assert held is not None
        assert held.alert.state is AlertState.PENDING
    now = at(120, jump_seconds)
    held = advance(RULE, held, see(0.2, now), now)
    assert held is not None
    assert held.alert.state is AlertState.FIRING


def test_a_restart_keeps_the_time_that_was_already_held() -> None:
    before = advance(RULE, None, see(0.2, at(0)), at(0))
    assert before is not None
    held = restored(before.alert, at(100), grace_seconds=60)
    assert advance(RULE, held, see(0.2, at(119)), at(119)).alert.state is AlertState.PENDING  # type: ignore[union-attr]
    assert advance(RULE, held, see(0.2, at(120)), at(120)).alert.state is AlertState.FIRING  # type: ignore[union-attr]


def test_after_a_restart_an_alert_is_not_resolved_before_its_target_was_read() -> None:
    firing = replace(see(0.2, at(0)), state=AlertState.FIRING, fired_at_ms=at(0).wall_ms)
    held = restored(firing, at(100), grace_seconds=60)
    assert advance(RULE, held, None, at(159)) == held
    after = advance(RULE, held, None, at(160))
    assert after is not None
    assert after.alert.state is AlertState.RESOLVED
