"""A real Pushgateway on a free port."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from running_server import eventually

Sample = tuple[str, dict[str, str], float]


class Pushgateway:
    """What a test may ask of it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        try:
            return bool(self._get("/-/ready"))
        except OSError:
            return False

    def groups(self) -> list[dict[str, str]]:
        """Return the labels of each group."""
        answer: dict[str, Any] = json.loads(self._get("/api/v1/metrics"))
        return [group["labels"] for group in answer["data"]]

    def samples(self, name: str) -> list[Sample]:
        """Return the samples of that name, with their labels, as a scrape gets them."""
        families = text_string_to_metric_families(self._get("/metrics").decode())
        return [(s.name, s.labels, s.value) for family in families for s in family.samples if s.name == name]

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return bytes(answer.read())


@contextmanager
def pushgateway(program: str, folder: Path) -> Iterator[Pushgateway]:
    """Start one and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = (folder / "pushgateway.log").open("wb")
    # Debian's build keeps what was pushed in a file of the machine; without one it starts empty.
    command = [program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="]
    with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        gateway = Pushgateway(port)
        try:
            eventually(gateway.is_ready, "the Pushgateway is ready")
            yield gateway
        finally:
            process.terminate()
