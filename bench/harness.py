"""What every benchmark needs: the machine, real processes on loopback, and one JSON object at the end."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processors": os.cpu_count(),
        "processor": _processor(),
    }


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of the packages that took part."""
    found = {}
    for package in ("deskwatch", *packages):
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def report(name: str, **parts: object) -> None:
    """Print the one JSON object that a benchmark prints."""
    print(json.dumps({"bench": name, "machine": machine(), **parts}, indent=2))


def progress(text: str) -> None:
    """Say what is going on, beside the result."""
    print(text, file=sys.stderr, flush=True)


def program(variable: str, *names: str) -> str | None:
    """Return the path of a real program: from the environment variable, or else from PATH."""
    return os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, timeout_seconds: float = 2.0) -> bytes:
    """Return the body of a GET."""
    with urllib.request.urlopen(url, timeout=timeout_seconds) as answer:
        return bytes(answer.read())


def wait_for(url: str, within_seconds: float = 30.0) -> float:
    """Wait until the URL answers 200; return the seconds that it took."""
    return wait_until(lambda: _answers(url), within_seconds, url)


def wait_until(holds: Callable[[], bool], within_seconds: float, what: str) -> float:
    """Wait until the condition holds; return the seconds that it took."""
    started = time.monotonic()
    while time.monotonic() - started < within_seconds:
        if holds():
            return time.monotonic() - started
        time.sleep(0.01)
    raise TimeoutError(f"{what}: not within {within_seconds} s")


@contextlib.contextmanager
def running(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the time of the block, its output kept for the case that it fails."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True
        )
        try:
            yield process
        except BaseException:
            output.seek(0)
            sys.stderr.buffer.write(output.read()[-4000:])
            raise
        finally:
            _stop(process)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give an empty folder for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as name:
        yield Path(name)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the range of measured values."""
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "min": round(ordered[0], 6),
        "p50": round(statistics.median(ordered), 6),
        "p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 6),
        "max": round(ordered[-1], 6),
    }


def _answers(url: str) -> bool:
    try:
        get(url)
    except (OSError, urllib.error.URLError):
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _processor() -> str:
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open() as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
