"""The same scripted alerts through the real Alertmanager and through ours: fingerprints, groups, messages."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from alert_factory import START_MS, firing, resolved
from alerting_bench import bench
from deskwatch.model import Alert, Labels, Matcher, MatchOp
from deskwatch.server.alerting import Route
from deskwatch.server.alerting.notify.channels import WebhookNotifier
from deskwatch.testing import ManualClock
from faults.collector import Collector

pytestmark = [pytest.mark.anyio, pytest.mark.real]

CONFIG = """
route:
  receiver: desk
  group_by: [alertname]
  group_wait: 200ms
  group_interval: 1h
  routes:
    - receiver: night
      matchers: ['severity="critical"', 'bot=~"d.*"']
      group_by: [alertname, bot]
      continue: true
    - receiver: desk
      matchers: ['severity=~"critical|warning"']
      group_by: ['...']
receivers:
  - name: desk
    webhook_configs: [{url: URL}]
  - name: night
    webhook_configs: [{url: URL}]
"""
ROUTE = Route(
    "desk",
    group_by=("alertname",),
    group_wait_ms=0,
    routes=(
        Route(
            "night",
            (Matcher("severity", MatchOp.EQUAL, "critical"), Matcher("bot", MatchOp.REGEX, "d.*")),
            group_by=("alertname", "bot"),
            group_wait_ms=0,
            continue_=True,
        ),
        Route("desk", (Matcher("severity", MatchOp.REGEX, "critical|warning"),), group_by=("...",), group_wait_ms=0),
    ),
)
ALERTS = [
    firing("Drawdown"),
    firing("Drawdown", symbol="ETH"),
    firing("Drawdown", bot="other"),
    firing("Slow", severity="warning"),
    firing("Note", severity="info", symbol='quo"te\\back\nline'),
    firing("Note", severity="info", symbol="日本"),
    firing("Note", severity="info", bot=""),
]


def ask(url: str, body: object | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.loads(response.read() or b"null")


def free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Alertmanager:
    """A real one, on loopback."""

    def __init__(self, program: str, directory: Path, config: str) -> None:
        (directory / "alertmanager.yml").write_text(config)
        self.url = f"http://127.0.0.1:{free_port()}"
        self._log = (directory / "alertmanager.log").open("w")
        self._process = subprocess.Popen(
            [
                program,
                f"--config.file={directory}/alertmanager.yml",
                f"--storage.path={directory}/data",
                f"--web.listen-address={self.url.removeprefix('http://')}",
                "--cluster.listen-address=",
            ],
            stderr=self._log,
        )

    def __enter__(self) -> Alertmanager:
        for _ in range(100):
            try:
                ask(f"{self.url}/api/v2/status")
            except OSError:
                time.sleep(0.1)
            else:
                return self
        self.__exit__()
        raise AssertionError(Path(self._log.name).read_text())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def post(self, alerts: list[Alert], *, ended: bool = False) -> None:
        now = datetime.now(UTC).isoformat()
        times = {"startsAt": now, "endsAt": now} if ended else {"startsAt": now}
        ask(f"{self.url}/api/v2/alerts", [{"labels": dict(alert.labels), **times} for alert in alerts])


def wait_for_messages(collector: Collector, count: int) -> None:
    end = time.monotonic() + 10
    while len(collector.bodies) < count and time.monotonic() < end:
        time.sleep(0.05)


def told(bodies: list[dict[str, Any]]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """What was told to whom: receiver, group key, status and the fingerprints, in an order that does not matter."""
    return sorted(
        (body["receiver"], body["groupKey"], body["status"], tuple(sorted(a["fingerprint"] for a in body["alerts"])))
        for body in bodies
    )


async def ours(tmp_path: Path, alerts: list[Alert]) -> list[dict[str, Any]]:
    with Collector() as collector:
        async with bench(
            tmp_path, WebhookNotifier("hook", collector.url), route=ROUTE, channels=("hook",), clock=ManualClock()
        ) as it:
            await it.publish(*alerts)
            expected = len(await it.rows())
            for _ in range(200):
                await it.settle()
                if len(collector.bodies) == expected and await it.rows() == [("hook", "sent")] * expected:
                    return collector.bodies
    raise AssertionError("not everything was delivered")


async def test_the_same_alerts_are_told_in_the_same_groups_with_the_same_keys(real_program, tmp_path):
    with Collector() as collector:
        config = CONFIG.replace("URL", collector.url)
        with Alertmanager(real_program("alertmanager"), tmp_path, config) as alertmanager:
            alertmanager.post(ALERTS)
            mine = await ours(tmp_path / "ours", ALERTS)
            wait_for_messages(collector, len(mine))
            assert told(mine) == told(collector.bodies)
            assert {body["version"] for body in mine} == {body["version"] for body in collector.bodies}
            theirs = collector.bodies[0]
            assert set(theirs) <= set(mine[0]), "a key of Alertmanager's message is missing"
            assert set(theirs["alerts"][0]) <= set(mine[0]["alerts"][0])


def test_fingerprints_are_those_of_the_real_alertmanager(real_program, tmp_path):
    labels = [{"alertname": "A"}, {"alertname": "日本", "x": "🚀"}, {"a": "b", "alertname": 'A\n"q"', "b": "a" * 300}]
    alerts = [replace(firing(), labels=Labels(one)) for one in labels]
    config = "route: {receiver: none}\nreceivers: [{name: none}]\n"
    with Alertmanager(real_program("alertmanager"), tmp_path, config) as alertmanager:
        alertmanager.post(alerts)
        stored = {one["fingerprint"]: one["labels"] for one in ask(f"{alertmanager.url}/api/v2/alerts")}
    assert stored == {alert.fingerprint: dict(alert.labels) for alert in alerts}


LIFE = """
route: {receiver: desk, group_by: [bot], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: desk
    webhook_configs: [{url: URL}]
"""


def story(bodies: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, str]]]:
    """What was told, in its order: status, reason, and the status of each alert."""
    return [
        (body["status"], body["notification_reason"], {a["labels"]["alertname"]: a["status"] for a in body["alerts"]})
        for body in bodies
    ]


async def test_the_life_of_a_group_is_told_in_the_same_messages(real_program, tmp_path):
    one, two = firing("One"), firing("Two")
    with Collector() as theirs, Collector() as collector:
        with Alertmanager(real_program("alertmanager"), tmp_path, LIFE.replace("URL", theirs.url)) as alertmanager:
            for number, (alerts, ended) in enumerate([([one], False), ([two], False), ([one], True), ([two], True)], 1):
                alertmanager.post(alerts, ended=ended)
                wait_for_messages(theirs, number)
        hook = WebhookNotifier("hook", collector.url)
        route = Route("desk", group_by=("bot",), group_wait_ms=0, group_interval_ms=1_000, repeat_interval_ms=3_600_000)
        async with bench(tmp_path / "ours", hook, route=route, channels=("hook",)) as it:
            changes = [one, two, resolved(one, START_MS + 2_000), resolved(two, START_MS + 3_000)]
            for number, change in enumerate(changes, 1):
                await it.publish(change)
                await it.pass_time(1)
                while len(collector.bodies) < number or ("hook", "sending") in await it.rows():
                    await it.settle()
    assert story(collector.bodies) == story(theirs.bodies)
    assert len(theirs.bodies) == 4
