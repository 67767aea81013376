"""Rule files are Prometheus's; what cannot be run is said with file, line, key and value, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskwatch.catalog.files import rule_file_names, rule_file_text
from deskwatch.errors import ConfigFileError
from deskwatch.server.rules.alerting import AlertingRule
from deskwatch.server.rules.files import load_rule_file, parse_rule_file
from deskwatch.server.rules.recording import RecordingRule

FILE = Path("rules/desk.yaml")


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigFileError) as caught:
        parse_rule_file(text, FILE, 15_000)
    return str(caught.value).splitlines()


def test_a_rule_file_becomes_groups_with_rules_in_order() -> None:
    text = """\
groups:
  - name: desk
    interval: 30s
    labels: {team: alpha}
    rules:
      - record: job:level:sum
        expr: sum by (job) (level)
      - alert: High
        expr: level > 0.1
        for: 2m
        keep_firing_for: 1m
        labels: {severity: critical, tier: 1}
        annotations: {summary: "at {{ $value }}"}
"""
    (group,) = parse_rule_file(text, FILE, 15_000)
    assert (group.name, group.interval_ms) == ("desk", 30_000)
    records, alerts = group.rules
    assert records == RecordingRule(
        "desk/desk/job:level:sum", "job:level:sum", "sum by (job) (level)", {"team": "alpha"}
    )
    assert isinstance(alerts, AlertingRule)
    assert (alerts.hold_ms, alerts.keep_firing_ms, alerts.limit) == (120_000, 60_000, 0.1)
    assert alerts.labels == {"team": "alpha", "severity": "critical", "tier": "1"}


def test_one_alert_at_two_severities_is_two_rules() -> None:
    text = "groups: [{name: g, rules: [{alert: A, expr: x > 1}, {alert: A, expr: x > 2}]}]"
    (group,) = parse_rule_file(text, FILE, 15_000)
    assert [rule.name for rule in group.rules] == ["desk/g/A", "desk/g/A#2"]


def test_every_fault_is_said_with_its_line_and_what_would_be_right() -> None:
    text = """\
groups:
  - name: g
    rules:
      - alert: A
        expr: sum(
      - alert: B
        expr: up == 0
        for: 30
      - alert: C
        expr: up == 0
        anotations: {summary: x}
"""
    said = faults(text)
    assert len(said) == 2
    assert said[0].startswith("rules/desk.yaml:8: groups[0].rules[1].for: must be a duration such as 30s")
    assert "'30'" in said[0] or "30" in said[0]
    assert said[1].startswith(
        "rules/desk.yaml:11: groups[0].rules[2].anotations: unknown key 'anotations'; did you mean"
    )


def test_an_expression_and_a_template_that_cannot_be_run_are_refused_at_load() -> None:
    text = """\
groups:
  - name: g
    rules:
      - alert: A
        expr: sum(
      - alert: B
        expr: up == 0
        annotations: {summary: "{{ $value | nope }}"}
"""
    said = faults(text)
    assert said[0].startswith("rules/desk.yaml:5: groups[0].rules[0].expr: cannot be evaluated")
    assert said[1].startswith("rules/desk.yaml:8: groups[0].rules[1].annotations.summary: is no Go template")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{expr: up}", "either record or alert"),
        ("{record: a, alert: b, expr: up}", "either record or alert"),
        ("{record: a, expr: up, for: 1m}", "belong to alerts"),
    ],
)
def test_a_rule_is_a_recording_or_an_alert(rule: str, says: str) -> None:
    assert says in faults(f"groups: [{{name: g, rules: [{rule}]}}]")[0]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="cannot be read"):
        load_rule_file(tmp_path / "nope.yaml", 15_000)


@pytest.mark.parametrize("name", rule_file_names())
def test_the_catalogue_loads_and_every_alert_says_what_to_do(name: str) -> None:
    groups = parse_rule_file(rule_file_text(name), Path(f"{name}.yaml"), 15_000)
    alerts = [rule for group in groups for rule in group.rules if isinstance(rule, AlertingRule)]
    assert alerts
    for alert in alerts:
        assert alert.labels["severity"] in ("critical", "high", "warning", "info")
        assert alert.annotations.keys() >= {"summary", "description", "unit", "runbook"}
        runbook = Path(__file__).parents[4] / "src/deskwatch/catalog" / alert.annotations["runbook"]
        assert runbook.read_text().startswith(f"# {alert.alert}\n")
