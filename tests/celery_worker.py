"""A real Celery worker, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from exposed import parsed
from running_server import eventually
from services import free_port

FOLDER = Path(__file__).parent
"""Where ``celery_app`` is."""


class Worker:
    """A worker that runs, and what it exposes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        self.process = process
        self._port = port
        self._output = output

    def exposition(self) -> str:
        """Return what its own ``/metrics`` says."""
        with urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    def samples(self) -> dict[str, float]:
        """Return the series of that."""
        return parsed(self.exposition())

    def wait_for(self, series: str, value: float) -> None:
        """Wait until a series has this value."""
        eventually(lambda: self.samples().get(series) == value, f"{series} is {value:g}; {self.said()}")

    def is_ready(self) -> bool:
        """Say whether it takes tasks."""
        if self.process.poll() is not None:
            raise RuntimeError(f"the worker ended with {self.process.returncode}: {self.said()}")
        try:
            return any(series.startswith("celery_worker_up") and value for series, value in self.samples().items())
        except OSError:
            return False

    def said(self) -> str:
        """Return what it wrote."""
        return self._output.read_text()


@contextmanager
def celery_worker(
    broker: str,
    folder: Path,
    *arguments: str,
    application: str = "celery_app",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Worker]:
    """Run ``celery worker`` with an application of ``tests`` or of the folder until the block is left."""
    port, output = free_port(), folder / "worker.txt"
    command = [sys.executable, "-m", "celery", "-A", application, "worker", "--without-gossip", "--without-mingle"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(folder), str(FOLDER)]),
                "BROKER_URL": broker,
                "METRICS_PORT": str(port),
                **(environment or {}),
            },
        )
    worker = Worker(process, port, output)
    try:
        eventually(worker.is_ready, f"the worker is ready; {output}")
        yield worker
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
