"""Every alert that ships has a unit test that fires it and one that does not; promtool comes to the same verdict."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from deskwatch.catalog.files import rule_file_names, rule_file_text
from deskwatch.server.ruletest import run_test_file
from system_files import system

FOLDER = Path(__file__).parents[2] / "rules"
FILES = sorted(FOLDER.glob("*_test.yaml"))
SYSTEMS = ("algo_trade", "marketflow", "crypto_quant", "trading_bot")


@pytest.mark.anyio
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_every_alert_fires_and_keeps_still_as_its_test_says(path: Path) -> None:
    assert [str(difference) for difference in await run_test_file(path)] == []


@pytest.mark.real
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_promtool_says_the_same(path: Path, real_program: Callable[[str], str]) -> None:
    done = subprocess.run(
        [real_program("promtool"), "test", "rules", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", rule_file_names())
def test_every_alert_of_the_catalogue_is_fired_by_a_test(name: str) -> None:
    groups = yaml.safe_load(rule_file_text(name))["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    assert alerts - fired(name) == set()


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_alert_of_a_system_ships_under_its_name_with_its_expression(name: str) -> None:
    groups = yaml.safe_load(rule_file_text(name))["groups"]
    rules = {rule["alert"]: {**rule, "every": group.get("interval")} for group in groups for rule in group["rules"]}
    listed = system(name)["alerts"]
    rows = listed if isinstance(listed, list) else [row for part in listed.values() for row in part]
    assert rules.keys() == {row["name"] for row in rows}
    for row in rows:
        rule = rules[row["name"]]
        for key in ("expr", "for", "every"):
            assert row.get(key, rule.get(key)) == rule.get(key), row["name"]
        if name in ("crypto_quant", "marketflow"):
            assert rule["labels"]["severity"] == row["severity"]


def fired(name: str) -> set[str]:
    """Return the alerts that a test of the rule file expects to fire."""
    found: set[str] = set()
    for path in FILES:
        content = yaml.safe_load(path.read_text())
        if not any(file.endswith(f"/{name}.yaml") for file in content["rule_files"]):
            continue
        for test in content["tests"]:
            found |= {case["alertname"] for case in test.get("alert_rule_test", ()) if case.get("exp_alerts")}
            for case in test.get("promql_expr_test", ()):
                texts = [case["expr"], *(sample.get("labels", "") for sample in case["exp_samples"])]
                if case["exp_samples"]:
                    found |= {alert for text in texts for alert in re.findall(r'alertname="(\w+)"', text)}
    return found
