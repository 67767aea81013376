"""The pages on the real server: a bot under ``deskwatch run`` loses money, a person sees it in Chromium."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.real

START_SECONDS = 30.0
STOP_SECONDS = 20.0
SEEN_WITHIN_MS = 2000  # what a person is promised
SETTINGS = """\
data_dir: data
listen: 127.0.0.1:{port}
bot: {{name: alpha, restart: {{policy: never}}}}
scrape: {{interval: 200ms, timeout: 200ms}}
rules: {{files: [rules.yaml], evaluation_interval: 200ms}}
"""
RULES = """\
groups:
  - name: risk
    rules:
      - alert: LosesMoney
        expr: trading_drawdown_ratio > 0.1
        labels: {severity: critical}
        annotations: {summary: "Drawdown is {{ $value | humanizePercentage }}", unit: ratio}
"""
BOT = """\
import sys, time
from pathlib import Path
from deskwatch import TradingMetrics

metrics = TradingMetrics("patient", starting_equity=1000)
metrics.start_server()
while True:
    metrics.record_equity(800 if Path("lose").exists() else 1000)
    time.sleep(0.1)
"""
# The browser itself notes when the row is there, so that asking takes no part of the time.
NOTE_WHEN_FIRING = """() => {
  const rows = () => [...document.querySelectorAll(".dw-alerts tr[data-state=firing]")];
  const isThere = () => rows().some((row) => row.offsetParent);
  const look = () => isThere() ? (window.seenFiringMs = Date.now()) : requestAnimationFrame(look);
  look();
}"""


@dataclass
class Server:
    """A real server with its bot."""

    url: str
    folder: Path

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:
            return json.load(answer)

    def is_known(self) -> bool:
        try:
            return any(bot["equity"] == 1000 for bot in self.get("/api/desk")["bots"])
        except (urllib.error.URLError, ConnectionError):
            return False

    def lose(self) -> None:
        (self.folder / "lose").touch()

    def fired_ms(self) -> int:
        events = self.get("/api/events")["events"]
        return next(event["ts_ms"] for event in events if event["kind"] == "alert_fired")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("real")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    texts = {"deskwatch.yaml": SETTINGS.format(port=port), "rules.yaml": RULES, "bot.py": BOT}
    for name, text in texts.items():
        (folder / name).write_text(text)
    command = [sys.executable, "-m", "deskwatch", "run", "--", sys.executable, "bot.py"]
    process = subprocess.Popen(command, cwd=folder)
    server = Server(f"http://127.0.0.1:{port}", folder)
    end = time.monotonic() + START_SECONDS
    while not server.is_known():
        assert process.poll() is None, "the server ended at once"
        assert time.monotonic() < end, f"the bot's equity was not known within {START_SECONDS} s"
        time.sleep(0.05)
    yield server
    process.send_signal(signal.SIGTERM)
    process.wait(STOP_SECONDS)


def test_a_loss_is_seen_on_the_real_page(server: Server, look: Any) -> None:
    page, seen = look(server.url)
    expect(page.locator(".dw-alerts:visible")).to_contain_text("no alert is pending or firing")
    expect(page.locator(".dw-strip")).to_contain_text("1,000.00 USD")
    wait_for_points(page)

    page.evaluate(NOTE_WHEN_FIRING)
    server.lose()
    page.wait_for_function("() => window.seenFiringMs")
    row = page.locator(".dw-alerts:visible tr[data-state=firing]")
    expect(row).to_contain_text("LosesMoney")
    expect(row).to_contain_text("20.0 % / 10.0 %")
    assert page.evaluate("window.seenFiringMs") - server.fired_ms() < SEEN_WITHIN_MS

    expect(page.locator(".dw-strip")).to_have_attribute("data-tone", "bad")
    expect(page.locator(".dw-events:visible")).to_contain_text("Alert fired Drawdown is 20%")
    assert {urlparse(url).hostname for url in seen.requests if not url.startswith("data:")} == {"127.0.0.1"}
    assert seen.console == []


def wait_for_points(page: Page) -> None:
    """Wait until the chart of the equity holds what the server has stored."""
    page.wait_for_function(
        """async () => {
          const { echarts } = await import("nicegui-echart");
          const canvas = document.querySelector(".dw-part-bot [data-panel='1'] .dw-chart");
          const series = canvas && echarts.getInstanceByDom(canvas)?.getOption().series[0];
          return series?.data.some(([, value]) => value === 1000);
        }"""
    )
