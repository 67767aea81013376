"""What a real Prometheus takes from a target is what we take, body by body (reliability D4)."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deskwatch.errors import ParseError
from deskwatch.server.ingest import Parser

pytestmark = pytest.mark.real

TEXT = "text/plain; version=0.0.4"
BODIES = [
    b"",
    b"\n",
    b"a 1",
    b"a 1\n",
    b"  a 1\n",
    b"a  1 \n",
    b"a\t1\n",
    b"a 1\r\n",
    b"a\n",
    b"a x\n",
    b"a 1_000\n",
    b"a 0x10\n",
    b"a 0x1p3\n",
    b"a 1e400\n",
    b"a -1e400\n",
    b"a 1e-400\n",
    b"a .5\n",
    b"a 5.\n",
    b"a +5\n",
    b"a Inf\n",
    b"a -infinity\n",
    b"a NaN\n",
    b"a +nan\n",
    b"a 1 1\n",
    b"a 1 x\n",
    b"a 1 2 3\n",
    b"a 1 -5\n",
    b"a 1 1.5\n",
    b"a{} 1\n",
    b"a{}1\n",
    b'a{b="c"}1\n',
    b'a{b="c"} 1\n',
    b'a{b="c",} 1\n',
    b'a{b="c",,} 1\n',
    b'a{,b="c"} 1\n',
    b"a{,} 1\n",
    b'a{b="c" d="e"} 1\n',
    b'a{b="c"d="e"} 1\n',
    b'a { b = "c" } 1\n',
    b'a{b="c",b="d"} 1\n',
    b"a{b=c} 1\n",
    b"a{b='c'} 1\n",
    b'a{b="c} 1\n',
    b'a{b="c"\n',
    b'a{9="c"} 1\n',
    b'a{b:c="d"} 1\n',
    b'a{b="x\\ny\\"z\\\\"} 1\n',
    b'a{b="\\q"} 1\n',
    b'a{b="x\ny"} 1\n',
    b'a{b="\xc3\xa4"} 1\n',
    b'a{b="\xff"} 1\n',
    b"\xc3\xa4 1\n",
    b'{"a.b"} 1\n',
    b'{"a.b", c="d"} 1\n',
    b'{"a.b" c="d"} 1\n',
    b'{c="d"} 1\n',
    b'{c="d", "a.b"} 1\n',
    b'{"a", "b"} 1\n',
    b'a{"b.c"="d"} 1\n',
    b'a{"b"} 1\n',
    b'{__name__="a"} 1\n',
    b'a{__name__="b"} 1\n',
    b"9a 1\n",
    b"a-b 1\n",
    b":a 1\n",
    b"a 1 # {} 1\n",
    b"a 1\n# EOF\n",
    b"# EOF\na 1\n",
    b"# TYPE a counter\na 1\n",
    b"# TYPE a nonsense\na 1\n",
    b"# TYPE a\na 1\n",
    b"# TYPE a-b counter\na 1\n",
    b"# TYPE 9 counter\na 1\n",
    b"# TYPE\na 1\n",
    b'# TYPE "a.b" counter\na 1\n',
    b"# UNIT a x\na 1\n",
    b'a{b="c"} 1 2 # {x="y"} 1\n',
    b'a{b="c"} \n',
    b'a {b="c"} 1\n',
    b"a 1\x001\n",
    b"a 1\nb\n",
    b"# TYPE a counter extra\na 1\n",
    b"#TYPE a nonsense\na 1\n",
    b"  # TYPE a nonsense\na 1\n",
    b"# HELP a\na 1\n",
    b"# HELP a x\\y\na 1\n",
    b"# HELP\na 1\n",
    b"# anything\na 1\n",
    b"#\na 1\n",
    b"a 1\na 1\n",
    b"a 1\na 2\n",
    b"<html></html>\n",
    b"a 1\x00\n",
    b"a\x0b1\n",
    b"a\xc2\xa01\n",
]

# Where we differ on purpose: body -> why.
KNOWN = {
    b'a{b="x\ny"} 1\n': "the format asks for \\n; a raw line end would break readers that go by lines",
}


class Targets(BaseHTTPRequestHandler):
    """Serves body number n at /n."""

    def do_GET(self) -> None:
        body = BODIES[int(self.path[1:])]
        with contextlib.suppress(ConnectionError):  # Prometheus is killed at some moment
            self.send_response(200)
            self.send_header("Content-Type", TEXT)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class TargetServer(ThreadingHTTPServer):
    """Has room for all connections at once."""

    request_queue_size = 2 * len(BODIES)


@pytest.fixture
def targets_url() -> Iterator[str]:
    server = TargetServer(("127.0.0.1", 0), Targets)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def prometheus_verdicts(program: str, targets: str, folder: Path) -> dict[int, str]:
    """Return the error of each target, empty where Prometheus took it."""
    jobs = [
        {"job_name": str(n), "metrics_path": f"/{n}", "static_configs": [{"targets": [targets]}]}
        for n in range(len(BODIES))
    ]
    config = {"global": {"scrape_interval": "2s", "scrape_timeout": "2s"}, "scrape_configs": jobs}
    (folder / "prometheus.json").write_text(json.dumps(config))
    log = (folder / "prometheus.log").open("w")
    process = subprocess.Popen(
        [
            program,
            f"--config.file={folder}/prometheus.json",
            f"--storage.tsdb.path={folder}/data",
            "--web.listen-address=127.0.0.1:0",
        ],
        stderr=log,
    )
    try:
        return _ask_until_all_are_scraped(folder / "prometheus.log", process)
    finally:
        process.kill()
        process.wait()
        log.close()


def _ask_until_all_are_scraped(log: Path, process: subprocess.Popen[bytes]) -> dict[int, str]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        addresses = [line for line in log.read_text().splitlines() if "Listening on" in line]
        if addresses:
            address = addresses[0].split("address=")[-1].strip()
            with urllib.request.urlopen(f"http://{address}/api/v1/targets") as answer:
                active = json.load(answer)["data"]["activeTargets"]
            if len(active) == len(BODIES) and all(map(is_answered, active)):
                return {int(target["labels"]["job"]): target["lastError"] for target in active}
        time.sleep(0.1)
    pytest.fail(f"Prometheus did not scrape all in time: {log.read_text()[-2000:]}")


def is_answered(target: dict[str, str]) -> bool:
    return target["health"] != "unknown" and "deadline exceeded" not in target["lastError"]


def our_error(body: bytes) -> str:
    try:
        Parser({}).parse(body, 0, "s")
    except ParseError as error:
        return str(error)
    return ""


def test_prometheus_takes_and_refuses_the_same_bodies(real_program, targets_url, tmp_path):
    verdicts = prometheus_verdicts(real_program("prometheus"), targets_url, tmp_path)
    differing = {
        BODIES[n]: (theirs, our_error(BODIES[n]))
        for n, theirs in verdicts.items()
        if bool(theirs) != bool(our_error(BODIES[n])) and BODIES[n] not in KNOWN
    }
    assert not differing, "\n".join(f"{body!r}: theirs, ours: {both}" for body, both in differing.items())
