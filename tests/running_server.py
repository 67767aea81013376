"""The product as its user runs it: a process, a port, and HTTP."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

PATIENCE_SECONDS = 30.0


def eventually(holds: Callable[[], object], what: str, within_seconds: float = PATIENCE_SECONDS) -> object:
    """Return what ``holds`` gives once it gives something; the product decides when, not a sleep."""
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"not within {within_seconds:g} s: {what}")


class Server:
    """One ``python -m deskwatch`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it and return when it is ready."""
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deskwatch", *arguments], cwd=self.folder, stdout=output, stderr=output
            )
        eventually(self.is_ready, f"ready; it said: {self.output()}")
        return self.process

    def run(self, *bot: str, settings: str = "") -> subprocess.Popen[bytes]:
        """Start ``deskwatch run`` with a bot."""
        (self.folder / "deskwatch.yaml").write_text(f"listen: 127.0.0.1:{self.port}\n{settings}")
        return self.start("run", "--", *bot)

    def is_ready(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(f"deskwatch ended with {self.process.returncode}: {self.output()}")
        try:
            return self.send("GET", "/-/ready")[0] == 200
        except (ConnectionError, HTTPException):
            return False

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Return status and body of the answer, whatever the status is."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def get(self, path: str, *, as_json: bool = True, **query: object) -> object:
        """Return the answer to a GET that succeeds."""
        status, body = self.send("GET", f"{path}?{urlencode(query)}")
        assert status == 200, body
        return json.loads(body) if as_json else body.decode()

    def value(self, expr: str) -> float | None:
        """Return the value of the first element of an instant vector."""
        result = self.get("/api/v1/query", query=expr)["data"]["result"]  # type: ignore[index]
        return float(result[0]["value"][1]) if result else None

    def events(self, kind: str) -> list[dict[str, object]]:
        """Return the events of one kind."""
        found = self.get("/api/events", limit=1000)["events"]  # type: ignore[index]
        return [event for event in found if event["kind"] == kind]

    def output(self) -> str:
        """Return what it printed."""
        path = self.folder / "output.txt"
        return path.read_text() if path.exists() else ""

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)
