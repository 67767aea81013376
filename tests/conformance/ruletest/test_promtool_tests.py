"""What promtool says of a unit test of rules, ``deskwatch test rules`` says as well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskwatch.errors import ParseError
from deskwatch.server.ruletest import parse_values

RULES = """
groups:
  - name: derived
    rules:
      - {record: "job:orders:rate5m", expr: "sum by (job) (rate(orders_total[5m]))"}
      - {record: "job:orders:doubled", expr: "job:orders:rate5m * 2", labels: {kind: twice}}
  - name: alerts
    limit: 3
    rules:
      - alert: High
        expr: level > 10
        for: 2m
        keep_firing_for: 1m
        labels: {severity: page, tier: '{{ if eq $labels.job "bot" }}gold{{ else }}tin{{ end }}'}
        annotations: {summary: '{{ $labels.job }} is at {{ $value | humanize }}, {{ $externalLabels.desk }}'}
      - {alert: Gone, expr: 'absent(level{job="bot"})'}
      - {alert: High, expr: level > 100, labels: {severity: wake}}
"""

GOOD: dict[str, str] = {
    "alerts with for, keep_firing_for and templates": """
      interval: 1m
      external_labels: {desk: night}
      input_series:
        - {series: 'level{job="bot"}', values: '5 11x4 5x10'}
        - {series: 'level{job="feed"}', values: '0+30x5'}
      alert_rule_test:
        - {alertname: High, eval_time: 2m}
        - alertname: High
          eval_time: 3m
          exp_alerts:
            - exp_labels: {severity: page, tier: gold, job: bot}
              exp_annotations: {summary: 'bot is at 11, night'}
            - exp_labels: {severity: page, tier: tin, job: feed}
              exp_annotations: {summary: 'feed is at 90, night'}
        - alertname: High
          eval_time: 4m30s
          exp_alerts:
            - exp_labels: {severity: page, tier: gold, job: bot}
              exp_annotations: {summary: 'bot is at 11, night'}
            - exp_labels: {severity: page, tier: tin, job: feed}
              exp_annotations: {summary: 'feed is at 120, night'}
            - {exp_labels: {severity: wake, job: feed}}
        - alertname: High
          eval_time: 6m
          exp_alerts:
            - exp_labels: {severity: page, tier: gold, job: bot}
              exp_annotations: {summary: 'bot is at 11, night'}
            - exp_labels: {severity: page, tier: tin, job: feed}
              exp_annotations: {summary: 'feed is at 150, night'}
            - {exp_labels: {severity: wake, job: feed}}
    """,
    "recorded series, read by others and by expressions": """
      interval: 1m
      input_series:
        - {series: 'orders_total{job="bot", instance="a"}', values: '0+60x10'}
        - {series: 'orders_total{job="bot", instance="b"}', values: '0+30x10'}
      promql_expr_test:
        - expr: job:orders:rate5m
          eval_time: 6m
          exp_samples: [{labels: 'job:orders:rate5m{job="bot"}', value: 1.5}]
        - expr: job:orders:doubled
          eval_time: 6m
          exp_samples: [{labels: 'job:orders:doubled{job="bot", kind="twice"}', value: 3}]
        - {expr: 'count(orders_total) > 5', eval_time: 4m, exp_samples: []}
        - {expr: 'vector(1) + 1', eval_time: 90s, exp_samples: [{labels: '{}', value: 2}]}
        - {expr: 'scalar(vector(3))', exp_samples: [{value: 3}]}
    """,
    "gaps, stale markers, odd numbers and ALERTS": """
      interval: 1m
      input_series:
        - {series: 'level{job="bot"}', values: '1 _ _ 4 stale _x5 1e3 -Inf NaN'}
      alert_rule_test:
        - {alertname: Gone, eval_time: 3m}
        - {alertname: Gone, eval_time: 4m, exp_alerts: [{exp_labels: {job: bot}}]}
      promql_expr_test:
        - {expr: level, eval_time: 2m, exp_samples: [{labels: 'level{job="bot"}', value: 1}]}
        - {expr: level, eval_time: 4m, exp_samples: []}
        - expr: 'ALERTS{alertname="Gone"}'
          eval_time: 5m
          exp_samples: [{labels: 'ALERTS{alertname="Gone", alertstate="firing", job="bot"}', value: 1}]
        - expr: ALERTS_FOR_STATE
          eval_time: 5m
          exp_samples: [{labels: 'ALERTS_FOR_STATE{alertname="Gone", job="bot"}', value: 240}]
        - {expr: level, eval_time: 11m, exp_samples: [{labels: 'level{job="bot"}', value: -.Inf}]}
    """,
}

WRONG: dict[str, str] = {
    "NaN, which equals nothing": """
      interval: 1m
      promql_expr_test: [{expr: 'vector(NaN)', exp_samples: [{labels: '{}', value: .NaN}]}]
    """,
    "an alert that does not fire": """
      interval: 1m
      input_series: [{series: 'level{job="bot"}', values: '5x9'}]
      alert_rule_test: [{alertname: High, eval_time: 5m, exp_alerts: [{exp_labels: {job: bot, severity: page}}]}]
    """,
    "an annotation that reads otherwise": """
      interval: 1m
      input_series: [{series: 'level{job="bot"}', values: '50x9'}]
      alert_rule_test:
        - alertname: High
          eval_time: 5m
          exp_alerts: [{exp_labels: {job: bot, severity: page, tier: gold}, exp_annotations: {summary: 'no'}}]
    """,
    "a value that differs in its last bit": """
      interval: 1m
      promql_expr_test: [{expr: 'vector(0.1) + 0.2', exp_samples: [{labels: '{}', value: 0.3}]}]
    """,
    "more alerts than the group allows": """
      interval: 1m
      input_series:
        - {series: 'level{job="a"}', values: '50x9'}
        - {series: 'level{job="b"}', values: '50x9'}
        - {series: 'level{job="c"}', values: '50x9'}
        - {series: 'level{job="d"}', values: '50x9'}
      alert_rule_test: [{alertname: Gone, eval_time: 5m, exp_alerts: [{exp_labels: {job: bot}}]}]
    """,
}


def write(folder: Path, test: str, **more: object) -> Path:
    (folder / "rules.yaml").write_text(RULES)
    content = {"rule_files": ["rul*.yaml"], "evaluation_interval": "1m", "tests": [yaml.safe_load(test)], **more}
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def promtool(program: str, path: Path) -> tuple[int, str]:
    done = subprocess.run([program, "test", "rules", path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def deskwatch(path: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "deskwatch", "test", "rules", path], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.real
@pytest.mark.parametrize("name", GOOD)
def test_both_say_that_it_comes_out(name: str, tmp_path: Path, real_program: Callable[[str], str]) -> None:
    path = write(tmp_path, GOOD[name])
    assert promtool(real_program("promtool"), path)[0] == 0
    code, said = deskwatch(path)
    assert (code, said) == (0, f"Unit Testing:  {path}\n  SUCCESS\n\n")


@pytest.mark.real
@pytest.mark.parametrize("name", WRONG)
def test_both_say_that_it_does_not(name: str, tmp_path: Path, real_program: Callable[[str], str]) -> None:
    path = write(tmp_path, WRONG[name])
    theirs, their_words = promtool(real_program("promtool"), path)
    code, said = deskwatch(path)
    assert theirs != 0, their_words
    assert code == 1
    assert "FAILED" in said


@pytest.mark.real
def test_both_let_the_last_bit_differ_when_asked_to(tmp_path: Path, real_program: Callable[[str], str]) -> None:
    path = write(tmp_path, WRONG["a value that differs in its last bit"], fuzzy_compare=True)
    assert promtool(real_program("promtool"), path)[0] == 0
    assert deskwatch(path)[0] == 0


NUMBERS = st.sampled_from(["0", "1", "-1", "1.5", "1e3", "Inf", "-Inf", "NaN", ".5", "+2", "007"])
ITEMS = st.one_of(
    st.builds("{}x{}".format, NUMBERS, st.integers(0, 3)),
    st.builds(
        "{}{}{}x{}".format, NUMBERS, st.sampled_from("+-"), st.sampled_from(["1", "0.25", "2e1"]), st.integers(0, 3)
    ),
    NUMBERS,
    st.builds("_x{}".format, st.integers(0, 3)),
    st.sampled_from(["_", "stale", "stalex2", "1+1", "x3", "1++1x2", "1x", "_x", "--1", "0x1F"]),
)


@pytest.mark.real
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(ITEMS, min_size=1, max_size=4))
def test_the_short_notation_is_read_alike(items: list[str], tmp_path: Path, real_program: Callable[[str], str]) -> None:
    """Each value is told apart by its time: promtool must find just the samples that are read here."""
    text = " ".join(items)
    (tmp_path / "rules.yaml").write_text("groups: []\n")
    try:
        values = parse_values(text)
    except ParseError:
        values = None
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [_expecting(text, values)]}))
    code, said = promtool(real_program("promtool"), path)
    assert (code == 0) == (values is not None), said


def _expecting(text: str, values: list[float | None] | None) -> dict[str, object]:
    cases = []
    for minute, value in enumerate(values or []):
        if value is not None and value != value:  # noqa: PLR0124  (NaN and stale markers equal nothing, see above)
            continue
        present = value is not None
        samples = [{"labels": "x", "value": value}] if present else []
        cases.append({"expr": "last_over_time(x[30s])", "eval_time": f"{minute}m", "exp_samples": samples})
    return {"interval": "1m", "input_series": [{"series": "x", "values": text}], "promql_expr_test": cases}
