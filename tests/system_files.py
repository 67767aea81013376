"""The five systems that deskwatch serves, read from ``tests/systems``, and what a test holds against them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client import Registry
from deskwatch.server.ingest.exposition import Parser
from deskwatch.server.promql.engine import Engine
from deskwatch.server.promql.result import ResultKind
from deskwatch.server.storage.samples.head import Head

FOLDER = Path(__file__).parent / "systems"
SHARED = Path(__file__).parents[2] / "shared/systems"
"""Where the files come from; a clone of the repository alone does not have it."""

START_MS = 1_641_038_400_000
SCRAPE_MS = 30_000


def system(name: str) -> dict[str, Any]:
    """Return what the file of a system says."""
    document: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    assert document["system"] == name
    return document


def expressions(document: object) -> Iterator[str]:
    """Return every PromQL expression that stands anywhere under ``expr`` or ``exprs``."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key == "expr":
                yield value
            elif key == "exprs":
                yield from value
            else:
                yield from expressions(value)
    elif isinstance(document, list):
        for value in document:
            yield from expressions(value)


@dataclass(frozen=True)
class Family:
    """A metric as it is exposed."""

    kind: str
    labels: frozenset[frozenset[str]]


def exposed(registry: Registry) -> dict[str, Family]:
    """Return the metrics of an exposition by name, as prometheus-client reads them; histograms without ``le``."""
    found = {}
    for family in text_string_to_metric_families(registry.expose().decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = frozenset(frozenset(sample.labels) - {"le"} for sample in family.samples)
        found[name] = Family(family.type, labels)
    return found


def value(registry: Registry, series: str) -> float:
    """Return the value of a series, named as it stands in the text format."""
    lines = registry.expose(with_prometheus_client=False).decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series)


class Monitor:
    """The server's own parser, store and engine, fed by scrapes of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._parser = Parser({"job": "bot", "instance": "bot:1"})
        self._head = Head()
        self._engine = Engine(self._head)
        self._now_ms = START_MS - SCRAPE_MS

    def scrape(self) -> None:
        """Read the exposition, half a minute after the last time."""
        self._now_ms += SCRAPE_MS
        scrape = self._parser.parse(self._registry.expose(), self._now_ms, "scrape:bot")
        assert self._head.append(scrape, self._now_ms) is None

    def ask(self, expression: str) -> list[float]:
        """Return the values of an instant query at the newest scrape."""
        result = self._engine.query(expression, self._now_ms)
        assert result.kind is ResultKind.VECTOR
        return [number for _, number in result.elements()]


def check_with_promtool(promtool: str, registry: Registry) -> None:
    """Have Prometheus's own tool read the exposition; what it says of style is the system's business."""
    done = subprocess.run(
        [promtool, "check", "metrics"], input=registry.expose(), capture_output=True, timeout=30, check=False
    )
    # 3 is its code for remarks of style, such as milliseconds in a name; 1 is an exposition that cannot be read.
    assert done.returncode in {0, 3}, done.stderr.decode()


def run_as_bot(lines: list[str], cwd: Path) -> str:
    """Run a bot of these lines in a process of its own, and return what it exposes in the end."""
    lines = [*lines, "import deskwatch", "print(deskwatch.default_registry().expose().decode())"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
