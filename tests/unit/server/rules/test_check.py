"""A check names every fault with its line, and every metric that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskwatch.errors import ConfigFileError
from deskwatch.server.rules.check import check_rule_files

RULES = """
groups:
  - name: g
    rules:
      - {record: "job:orders:rate5m", expr: "rate(orders_total[5m])"}
      - {alert: Quiet, expr: 'job:orders:rate5m == 0 and on () up{job="bot"} == 1'}
      - {alert: Typo, expr: drawdwon_ratio > 0.1}
      - {alert: Any, expr: '{__name__=~"x.*"} > 1 and ALERTS'}
"""
FAULTY = """
groups:
  - name: g
    rules:
      - {alert: A, expr: "sum("}
      - {alert: B, expr: up, for: soon}
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_without_faults_says_how_many_rules_it_has(tmp_path: Path) -> None:
    (found,) = check_rule_files([write(tmp_path, "r.yaml", RULES)], {})
    assert str(found) == f"Checking {tmp_path}/r.yaml\n  SUCCESS: 4 rules found"
    assert found.json()["ok"] is True


def test_metrics_that_nobody_has_are_named_when_expositions_are_given(tmp_path: Path) -> None:
    path = write(tmp_path, "r.yaml", RULES)
    (found,) = check_rule_files([path], {Path("bot.txt"): "orders_total 1\ndrawdown_ratio 0.1\n"})
    assert found.unknown == {"r/g/Typo": ["drawdwon_ratio"]}
    assert "nothing exposes drawdwon_ratio: r/g/Typo" in str(found)


def test_a_series_that_another_file_records_is_known(tmp_path: Path) -> None:
    records = write(tmp_path, "a.yaml", "groups: [{name: g, rules: [{record: level, expr: orders_total}]}]\n")
    reads = write(tmp_path, "b.yaml", "groups: [{name: g, rules: [{alert: High, expr: level > 1}]}]\n")
    found = check_rule_files([records, reads], {Path("bot.txt"): "orders_total 1\n"})
    assert [one.unknown for one in found] == [{}, {}]


def test_a_fault_is_told_with_its_line_and_its_neighbours_are_still_checked(tmp_path: Path) -> None:
    faulty, good = write(tmp_path, "f.yaml", FAULTY), write(tmp_path, "r.yaml", RULES)
    first, second = check_rule_files([faulty, good], {})
    assert [(fault.line, fault.key) for fault in first.faults] == [(6, "groups[0].rules[1].for")]
    assert second.faults == ()
    write(tmp_path, "f.yaml", FAULTY.replace(", for: soon", ""))
    (third,) = check_rule_files([faulty], {})
    assert [(fault.line, fault.key) for fault in third.faults] == [(5, "groups[0].rules[0].expr")]


def test_an_exposition_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match=r"bot\.txt.*is no exposition"):
        check_rule_files([write(tmp_path, "r.yaml", RULES)], {Path("bot.txt"): "<html>"})
