"""From a breach to the webhook that tells of it: scraped and pushed, beside Prometheus + Alertmanager.

    python bench/latency.py [--rounds 20]

One gauge goes over its limit at a random moment; a webhook on loopback notes when it hears. Scraped every second
on both sides, rules every second, group_wait 0. Aim of the issue: pushed p99 below 1 s, scraped below one scrape
interval + 1 s.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import folder, free_port, program, progress, report, running, spread, versions, wait_for, wait_until

RULES = """\
groups:
  - name: bench
    interval: 1s
    rules:
      - {alert: Breach, expr: level > 1}
      - {alert: Pushed, expr: pushed_level > 1}
"""


class World:
    """The gauge that is scraped, and when the webhook heard of which alert."""

    def __init__(self) -> None:
        self.level = 0.0
        self.heard: dict[tuple[str, str], float] = {}
        self.port = free_port()

    def forget(self) -> None:
        """Forget what was heard."""
        self.heard.clear()

    def when(self, alert: str, status: str) -> float | None:
        """Return when the webhook heard of it."""
        return self.heard.get((alert, status))


@contextmanager
def serving(world: World) -> Iterator[None]:
    """Serve the gauge and the webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(f"level {world.level}\n".encode())

        def do_POST(self) -> None:
            at = time.monotonic()
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in told["alerts"]:
                world.heard.setdefault((alert["labels"]["alertname"], alert["status"]), at)
            self._answer(b"{}")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", world.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()


def rounds(world: World, alert: str, change: Callable[[float], None], count: int) -> list[float]:
    """Breach and recover so many times; return the seconds from each breach to the webhook."""
    chance, seconds = random.Random(7), []
    for number in range(count):
        world.forget()
        time.sleep(chance.random() * 1.1)
        breached = time.monotonic()
        change(2.0)
        wait_until(lambda: world.when(alert, "firing") is not None, 20, f"{alert} round {number}")
        seconds.append((world.when(alert, "firing") or 0.0) - breached)
        change(0.0)
        wait_until(lambda: world.when(alert, "resolved") is not None, 20, f"{alert} resolved, round {number}")
    return seconds


def deskwatch(world: World, count: int) -> dict[str, dict[str, float]]:
    """Measure deskwatch on scraped and pushed samples."""
    with folder() as place:
        listen = free_port()
        (place / "rules.yaml").write_text(RULES)
        (place / "deskwatch.yaml").write_text(f"""\
listen: 127.0.0.1:{listen}
scrape:
  interval: 1s
  timeout: 1s
  targets: [{{job: bench, url: "http://127.0.0.1:{world.port}/metrics"}}]
rules: {{files: [rules.yaml], catalog: []}}
channels:
  hook: {{kind: webhook, url: "http://127.0.0.1:{world.port}/hook"}}
alerting:
  route: {{receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
  receivers: [{{name: hook, channels: [hook]}}]
""")
        command = [sys.executable, "-m", "deskwatch", "up", "--config", str(place / "deskwatch.yaml")]
        with running(command, cwd=place):
            wait_for(f"http://127.0.0.1:{listen}/-/ready")
            return {
                "scraped_seconds": spread(rounds(world, "Breach", lambda level: setattr(world, "level", level), count)),
                "pushed_seconds": spread(rounds(world, "Pushed", lambda level: _push(listen, level), count)),
            }


def prometheus(world: World, count: int, binary: str, alertmanager: str) -> dict[str, dict[str, float]]:
    """Measure Prometheus and Alertmanager, tuned as far as they go."""
    with folder() as place:
        listen, alerts = free_port(), free_port()
        (place / "rules.yaml").write_text(RULES)
        (place / "prometheus.yml").write_text(f"""\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yaml]
scrape_configs: [{{job_name: bench, static_configs: [{{targets: ["127.0.0.1:{world.port}"]}}]}}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alerts}"]}}]}}]}}
""")
        (place / "alertmanager.yml").write_text(f"""\
route: {{receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: "http://127.0.0.1:{world.port}/hook"}}]}}]
""")
        first = [binary, f"--config.file={place / 'prometheus.yml'}", f"--storage.tsdb.path={place / 'data'}"]
        first.append("--rules.alert.resend-delay=1s")
        second = [alertmanager, f"--config.file={place / 'alertmanager.yml'}", f"--storage.path={place / 'am'}"]
        with (
            running([*second, f"--web.listen-address=127.0.0.1:{alerts}", "--cluster.listen-address="], cwd=place),
            running([*first, f"--web.listen-address=127.0.0.1:{listen}"], cwd=place),
        ):
            wait_for(f"http://127.0.0.1:{listen}/-/ready")
            wait_for(f"http://127.0.0.1:{alerts}/-/ready")
            return {
                "scraped_seconds": spread(rounds(world, "Breach", lambda level: setattr(world, "level", level), count))
            }


def _push(port: int, level: float) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics/job/bench_push", data=f"pushed_level {level}\n".encode(), method="PUT"
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        answer.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    count = parser.parse_args().rounds
    binary = program("DESKWATCH_PROMETHEUS", "prometheus")
    alertmanager = program("DESKWATCH_ALERTMANAGER", "prometheus-alertmanager", "alertmanager")
    world = World()
    with serving(world):
        progress(f"deskwatch, {count} rounds scraped and pushed …")
        ours = deskwatch(world, count)
        theirs = None
        if binary and alertmanager:
            progress(f"Prometheus and Alertmanager, {count} rounds …")
            theirs = prometheus(world, count, binary, alertmanager)
    ratio = round(ours["scraped_seconds"]["p50"] / theirs["scraped_seconds"]["p50"], 2) if theirs else None
    report(
        "latency",
        versions=versions("httpx", "uvicorn"),
        setting={"scrape_interval_seconds": 1, "evaluation_interval_seconds": 1, "group_wait_seconds": 0},
        deskwatch=ours,
        prometheus_and_alertmanager=theirs,
        ratio_scraped_p50=ratio,
        aim={"pushed_p99_seconds": 1.0, "scraped_p99_seconds": 2.0},
    )


if __name__ == "__main__":
    main()
