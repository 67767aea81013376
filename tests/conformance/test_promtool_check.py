"""What promtool refuses as a rule file is refused here too, and what it takes is taken."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deskwatch.server.rules.check import check_rule_files

GOOD = {
    "empty": "groups: []",
    "all keys": """
groups:
  - name: g
    interval: 30s
    limit: 5
    query_offset: 1m
    labels: {team: desk}
    rules:
      - {record: a:b, expr: sum(x), labels: {l: v}}
      - {alert: A, expr: x > 1, for: 5m, keep_firing_for: 1m, labels: {s: p}, annotations: {d: '{{ $value }}'}}
""",
    "two rules of one name": "groups: [{name: g, rules: [{alert: A, expr: x}, {alert: A, expr: x > 1}]}]",
}
NO_FUNCTION = "groups: [{name: g, rules: [{alert: A, expr: x, annotations: {d: '{{ nope }}'}}]}]"
BAD = {
    "no YAML": "groups: [",
    "unknown key": "groups: [{name: g, rulez: []}]",
    "a group twice": "groups: [{name: g, rules: []}, {name: g, rules: []}]",
    "both record and alert": "groups: [{name: g, rules: [{record: a, alert: b, expr: x}]}]",
    "neither": "groups: [{name: g, rules: [{expr: x}]}]",
    "no expression": "groups: [{name: g, rules: [{alert: A}]}]",
    "no PromQL": "groups: [{name: g, rules: [{alert: A, expr: 'sum('}]}]",
    "for on a recording rule": "groups: [{name: g, rules: [{record: a, expr: x, for: 1m}]}]",
    "no duration": "groups: [{name: g, rules: [{alert: A, expr: x, for: soon}]}]",
    "no template": "groups: [{name: g, rules: [{alert: A, expr: x, annotations: {d: '{{ $value'}}]}]",
    "an unknown function in a template": NO_FUNCTION,
    "a label named alertname": "groups: [{name: g, rules: [{alert: A, expr: x, labels: {__name__: c}}]}]",
}


STRICTER = {
    "a label that only UTF-8 allows": "groups: [{name: g, rules: [{alert: A, expr: x, labels: {'a-b': c}}]}]",
}
"""Taken by promtool and refused here; labels of deskwatch are those that every client can write."""


def accepted(program: str, path: Path) -> tuple[bool, bool]:
    """Return promtool's verdict and ours."""
    theirs = subprocess.run([program, "check", "rules", path], capture_output=True, check=False).returncode == 0
    (found,) = check_rule_files([path], {})
    return theirs, not found.faults


@pytest.mark.real
@pytest.mark.parametrize("name", [*GOOD, *BAD, *STRICTER])
def test_the_verdict_is_promtools(name: str, tmp_path: Path, real_program: Callable[[str], str]) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text({**GOOD, **BAD, **STRICTER}[name])
    assert accepted(real_program("promtool"), path) == (name not in BAD, name in GOOD)
