"""Prometheus's own client takes deskwatch for a Prometheus, and curl gets Prometheus's own shapes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from running_server import Server, eventually

GROUP = "/metrics/job/batch/desk/london"
PUSHED = b"""# TYPE orders_total counter
orders_total{side="BUY"} 3
orders_total{side="SELL"} 4
"""


@pytest.fixture
def pushed(server: Server) -> Server:
    """A server that holds two pushed series."""
    (server.folder / "deskwatch.yaml").write_text(f"listen: 127.0.0.1:{server.port}\n")
    server.start("up")
    assert server.send("PUT", GROUP, PUSHED)[0] == 200
    eventually(lambda: server.value("sum(orders_total)") == 7, "the push is stored")
    return server


@pytest.mark.real
def test_promtool_queries_it(pushed: Server, real_program: Callable[[str], str]) -> None:
    def ask(*arguments: str) -> str:
        command = [real_program("promtool"), "query", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    instant = ask("instant", pushed.url, "sum by (desk) (orders_total)")
    assert instant.startswith('{desk="london"} => 7 @[')
    assert "7 @" in ask("range", "--step=1s", pushed.url, "sum(orders_total)")
    series = ask("series", "--match=orders_total", pushed.url)
    assert '{__name__="orders_total", desk="london", job="batch", side="BUY"}' in series
    assert ask("labels", pushed.url, "side").split() == ["BUY", "SELL"]


@pytest.mark.parametrize(
    ("query", "status", "error_type"),
    [
        ("sum(", 400, "bad_data"),
        ("holt_winters(up[5m])", 400, "bad_data"),
        ("orders_total * on (desk) orders_total", 422, "execution"),
        ("", 400, "bad_data"),
    ],
)
def test_errors_carry_prometheuss_error_type(pushed: Server, query: str, status: int, error_type: str) -> None:

    answered, body = pushed.send("GET", f"/api/v1/query?{urlencode({'query': query})}")
    said = json.loads(body)
    assert (answered, said["status"], said["errorType"]) == (status, "error", error_type)
    assert said["error"]


def test_a_group_that_is_deleted_ends_its_series(pushed: Server) -> None:
    assert pushed.send("DELETE", GROUP)[0] == 202
    eventually(lambda: pushed.value("sum(orders_total)") is None, "the series have ended")


def test_a_push_that_is_no_exposition_is_refused_and_changes_nothing(pushed: Server) -> None:
    assert pushed.send("PUT", GROUP, b"<html>")[0] == 400
    assert pushed.value("sum(orders_total)") == 7


def test_rules_alerts_targets_and_buildinfo_have_prometheuss_shapes(pushed: Server) -> None:
    groups = pushed.get("/api/v1/rules")["data"]["groups"]  # type: ignore[index]
    assert {group["name"] for group in groups} == {"bot", "risk", "deskwatch"}
    rule = groups[0]["rules"][0]
    assert {"name", "query", "health", "state", "duration", "labels", "annotations", "alerts", "type"} <= rule.keys()
    assert pushed.get("/api/v1/alerts") == {"status": "success", "data": {"alerts": []}}
    assert pushed.get("/api/v1/targets")["data"] == {"activeTargets": [], "droppedTargets": []}  # type: ignore[index]
    assert pushed.get("/api/v1/status/buildinfo")["data"]["version"].startswith("3.")  # type: ignore[index]
    assert "deskwatch_rules_attempts_total" in str(pushed.get("/metrics", as_json=False))
