"""The server's memory and CPU with 20 targets x 300 series every 5 s and 60 rules, beside Prometheus + Alertmanager.

    python bench/footprint.py [--seconds 60]

Both monitor the same targets in one run, one after the other, with the same rule file. Aim of the issue: below
200 MB and 5 % of one core.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil

from harness import folder, free_port, get, program, progress, report, running, versions, wait_for

TARGETS = 20
SERIES = 300
RULES = 60
INTERVAL_SECONDS = 5


class Exposition(BaseHTTPRequestHandler):
    """Answers any path with 300 series whose values all change."""

    def do_GET(self) -> None:
        generator = random.Random(time.monotonic_ns())
        lines = ["# TYPE work_total counter"]
        for metric in range(10):
            lines += [
                f'work_{metric}{{part="{part}",kind="k{part % 3}"}} {generator.random() * 1e6}'
                for part in range(SERIES // 10)
            ]
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def targets() -> Iterator[list[int]]:
    """Serve the targets from threads of this process."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Exposition) for _ in range(TARGETS)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [int(server.server_address[1]) for server in servers]
    for server in servers:
        server.shutdown()


def rule_file() -> str:
    """Return 60 rules of the shapes that people write."""
    shapes = (
        "sum by (kind) (rate(work_{0}[1m])) > 1e12",
        "work_{0} > 2e6",
        "avg_over_time(work_{0}[1m]) > 2e6",
        "max by (instance) (work_{0}) - min by (instance) (work_{0}) > 2e6",
    )
    rules = "\n".join(
        f'      - alert: Rule{number}\n        expr: "{shapes[number % 4].format(number % 10)}"\n        for: 1m'
        for number in range(RULES)
    )
    return f"groups:\n  - name: bench\n    interval: {INTERVAL_SECONDS}s\n    rules:\n{rules}\n"


def measure(processes: list[psutil.Process], seconds: float) -> dict[str, float]:
    """Return memory and CPU of the processes over the time."""
    before = sum(sum(process.cpu_times()[:2]) for process in processes)
    time.sleep(seconds)
    used = sum(sum(process.cpu_times()[:2]) for process in processes) - before
    memory = sum(process.memory_info().rss for process in processes)
    return {"rss_mb": round(memory / 1e6, 1), "cpu_percent_of_a_core": round(100 * used / seconds, 2)}


def deskwatch(ports: list[int], seconds: float) -> dict[str, float]:
    """Measure deskwatch: scraping, storing, rules, alerting, API and pages in one process."""
    with folder() as place:
        listen = free_port()
        (place / "rules.yaml").write_text(rule_file())
        scrape = "\n".join(
            f"    - {{job: t{n}, url: 'http://127.0.0.1:{port}/metrics'}}" for n, port in enumerate(ports)
        )
        (place / "deskwatch.yaml").write_text(
            f"listen: 127.0.0.1:{listen}\nscrape:\n  interval: {INTERVAL_SECONDS}s\n  targets:\n{scrape}\n"
            f"rules:\n  files: [rules.yaml]\n  catalog: []\n"
        )
        command = [sys.executable, "-m", "deskwatch", "up", "--config", str(place / "deskwatch.yaml")]
        with running(command, cwd=place) as process:
            wait_for(f"http://127.0.0.1:{listen}/-/ready")
            time.sleep(3 * INTERVAL_SECONDS)
            figures = measure([psutil.Process(process.pid)], seconds)
            count = get(f"http://127.0.0.1:{listen}/api/v1/query?query=count({{part!=''}})").decode()
            if str(SERIES * TARGETS) not in count:
                raise RuntimeError(f"deskwatch holds other series than it was given: {count}")
    return figures


def prometheus(ports: list[int], seconds: float, binary: str, alertmanager: str) -> dict[str, float]:
    """Measure Prometheus and Alertmanager together."""
    with folder() as place:
        listen, alerts = free_port(), free_port()
        (place / "rules.yaml").write_text(rule_file())
        addresses = ", ".join(f"'127.0.0.1:{port}'" for port in ports)
        (place / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {INTERVAL_SECONDS}s, evaluation_interval: {INTERVAL_SECONDS}s}}\n"
            "rule_files: [rules.yaml]\n"
            f"scrape_configs:\n  - job_name: t\n    static_configs: [{{targets: [{addresses}]}}]\n"
            f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alerts}']}}]}}]}}\n"
        )
        (place / "alertmanager.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        first = [binary, f"--config.file={place / 'prometheus.yml'}", f"--storage.tsdb.path={place / 'data'}"]
        second = [alertmanager, f"--config.file={place / 'alertmanager.yml'}", f"--storage.path={place / 'am'}"]
        with (
            running([*first, f"--web.listen-address=127.0.0.1:{listen}"], cwd=place) as one,
            running(
                [*second, f"--web.listen-address=127.0.0.1:{alerts}", "--cluster.listen-address="], cwd=place
            ) as two,
        ):
            wait_for(f"http://127.0.0.1:{listen}/-/ready")
            time.sleep(3 * INTERVAL_SECONDS)
            return measure([psutil.Process(one.pid), psutil.Process(two.pid)], seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    binary = program("DESKWATCH_PROMETHEUS", "prometheus")
    alertmanager = program("DESKWATCH_ALERTMANAGER", "prometheus-alertmanager", "alertmanager")
    with targets() as ports:
        progress(f"deskwatch for {seconds:.0f} s …")
        ours = deskwatch(ports, seconds)
        theirs = None
        if binary and alertmanager:
            progress(f"Prometheus and Alertmanager for {seconds:.0f} s …")
            theirs = prometheus(ports, seconds, binary, alertmanager)
    ratio = {key: round(ours[key] / theirs[key], 2) for key in ours} if theirs else None
    report(
        "footprint",
        versions=versions("duckdb", "numpy", "nicegui"),
        load={"targets": TARGETS, "series": TARGETS * SERIES, "interval_seconds": INTERVAL_SECONDS, "rules": RULES},
        deskwatch=ours,
        prometheus_and_alertmanager=theirs,
        ratio=ratio,
        aim={"rss_mb": 200, "cpu_percent_of_a_core": 5},
    )


if __name__ == "__main__":
    main()
