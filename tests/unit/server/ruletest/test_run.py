from __future__ import annotations

from pathlib import Path

import pytest

from deskwatch.errors import ConfigFileError, ParseError
from deskwatch.model import Labels
from deskwatch.model.sample import is_stale
from deskwatch.server.ruletest import parse_series, parse_values, run_test_file

pytestmark = pytest.mark.anyio

RULES = "groups: [{name: g, rules: [{alert: High, expr: level > 1}]}]\n"
TEST = """
rule_files: [rules.yaml]
tests:
  - name: one
    start_timestamp: 2021-01-01T00:00:00Z
    input_series: [{series: level, values: 2x9}]
    alert_rule_test: [{alertname: High, eval_time: 1m}]
    promql_expr_test: [{expr: year(), exp_samples: [{value: 2021}]}]
  - name: two
    promql_expr_test: [{expr: vector(1), exp_samples: [{value: 2}]}]
"""


def write(folder: Path, test: str, rules: str = RULES) -> Path:
    (folder / "rules.yaml").write_text(rules)
    path = folder / "test.yaml"
    path.write_text(test)
    return path


async def test_a_difference_names_test_subject_time_and_both_sides(tmp_path: Path) -> None:
    one, two = await run_test_file(write(tmp_path, TEST))
    assert (one.test, one.subject, one.time, one.expected) == ("one", "alertname: High", "1m", "[]")
    assert one.got == '\n        0: {alertname="High"} with {}'
    assert (two.test, two.subject, two.expected, two.got) == ("two", "expr: 'vector(1)'", "{} 2.0", "{} 1.0")


async def test_only_the_tests_that_are_wanted_are_run(tmp_path: Path) -> None:
    differences = await run_test_file(write(tmp_path, TEST), lambda name: name == "two")
    assert [one.test for one in differences] == ["two"]


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("rule_files: [none*.yaml]\ntests: []", "no file matches 'none*.yaml'"),
        ("tests: [{alert_rule_test: [{eval_time: 1m}]}]", "alertname must be given"),
        ("tests: [{interval: 1x}]", "must be a duration such as 30s, 5m or 1h30m, was '1x'"),
        ("tests: [{interval: 1m}]\nevaluation_intervall: 1m", "did you mean 'evaluation_interval'?"),
        ("tests: [{start_timestamp: noon}]", "must be Unix seconds or a time such as 2021-01-01T00:00:00Z, was 'noon'"),
        ("tests: [{input_series: [{series: 'up{', values: '1'}]}]", "tests[0]"),
        ("tests: [{input_series: [{series: up, values: '1 two'}]}]", "was 'two'"),
        ("tests: [{promql_expr_test: [{expr: up, eval_time: 9000y}]}]", "eval_time goes beyond"),
    ],
)
async def test_a_file_that_cannot_be_used_says_what_would_be_right(tmp_path: Path, test: str, says: str) -> None:
    path = write(tmp_path, test)
    with pytest.raises(ConfigFileError) as raised:
        await run_test_file(path)
    assert says in str(raised.value)


async def test_a_rule_that_fails_ends_its_test(tmp_path: Path) -> None:
    rules = "groups: [{name: g, rules: [{record: r, expr: a * on () b}]}]\n"
    series = (
        "[" + ", ".join(f"{{series: '{name}', values: 1x9}}" for name in ('a{x="1"}', 'b{x="1"}', 'b{x="2"}')) + "]"
    )
    test = f"rule_files: [rules.yaml]\ntests: [{{input_series: {series}, promql_expr_test: [{{expr: r}}]}}]"
    (difference,) = await run_test_file(write(tmp_path, test, rules))
    assert difference.subject == "rule: rules/g/r"
    assert difference.got.startswith("error: ")


def test_the_short_notation() -> None:
    assert parse_values("1 -2.5 1+1x2 5-2x2 7x1 _ _x2") == [1, -2.5, 1, 2, 3, 5, 3, 1, 7, 7, None, None, None]
    stale, other = parse_values("stale 0x0")
    assert stale is not None
    assert is_stale(stale)
    assert other == 0
    assert parse_values("") == []


@pytest.mark.parametrize("text", ["1+1", "x", "{{schema:1}}", "1x99999999999", "0x1F", "1++1x2"])
def test_what_is_no_item_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_values(text)


def test_a_series_is_a_name_with_labels() -> None:
    assert parse_series('up{job="bot"}') == Labels({"__name__": "up", "job": "bot"})
    assert parse_series("{ }") == Labels()
    for text in ("up > 1", 'up{job=~"x"}', "up offset 1m", "up[5m]"):
        with pytest.raises(ParseError):
            parse_series(text)
