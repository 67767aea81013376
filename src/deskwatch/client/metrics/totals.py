"""Add up in a file what short-lived processes count: each begins at 0, and a push would show the last one only.

Way:     the registry of one event → [totals]: added to the file → the exposition to push.
Threads: processes and threads take turns by a lock on a file beside it; who waits for longer than two seconds gives up.
Source:  the file is in the Prometheus text format, so node_exporter's textfile collector can read it as well:
         https://github.com/prometheus/node_exporter#textfile-collector
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deskwatch.client.metrics.exposition import number_text
from deskwatch.client.metrics.registry import MAX_LABEL_SETS

LOCK_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.01
MAX_LINES: Final = 10 * MAX_LABEL_SETS
"""Series of all metrics; a line that is new beyond them is left out."""

_BOUND: Final = re.compile(r'\ble="([^"]*)"')


@dataclass
class _Family:
    """The lines of one metric; ``values`` by everything that stands before the value."""

    header: list[str]
    kind: str
    values: dict[str, float] = field(default_factory=dict)

    def same_shape(self, other: _Family) -> bool:
        return self.kind == other.kind and _bounds(self) == _bounds(other)


class Totals:
    """The sums in one file.

    Args:
        path: The file; its folder must be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, exposition: bytes) -> bytes:
        """Add the counters and histograms of an exposition to those in the file, and return all of it.

        A gauge replaces what was there. A metric whose type or buckets have changed begins anew.

        Raises:
            OSError: The file cannot be locked, read or written; it is as it was.
        """
        with self._locked():
            families = _read(self._path.read_text("utf-8") if self._path.exists() else "")
            _merge(families, _read(exposition.decode()))
            text = _write(families)
            self._replace(text)
            return text

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_name(f".{self._path.name}.lock").open("w") as lock:
            gives_up = time.monotonic() + LOCK_SECONDS
            while not _try_lock(lock.fileno()):
                if time.monotonic() > gives_up:
                    raise TimeoutError(f"another process holds {lock.name}")
                time.sleep(POLL_SECONDS)
            yield  # closing the file frees the lock

    def _replace(self, text: bytes) -> None:
        new = self._path.with_name(f".{self._path.name}.new")
        with new.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(text: str) -> dict[str, _Family]:
    """Read what ``Registry.expose`` writes; a line that is none of that is skipped."""
    families: dict[str, _Family] = {}
    header: list[str] = []
    family = _Family([], "untyped")
    for line in text.split("\n"):
        if line.startswith("# TYPE "):
            name, _, kind = line.removeprefix("# TYPE ").partition(" ")
            family = families.setdefault(name, _Family([*header, line], kind))
            header = []
        elif line.startswith("#"):
            header = [line]
        else:
            _read_sample(family, line)
    return families


def _read_sample(family: _Family, line: str) -> None:
    series, _, value = line.rpartition(" ")
    try:
        family.values[series] = float(value)
    except ValueError:
        return


def _merge(families: dict[str, _Family], new: dict[str, _Family]) -> None:
    room = MAX_LINES - sum(len(family.values) for family in families.values())
    for name, added in new.items():
        family = families.get(name)
        if family is None or not family.same_shape(added):
            family = families[name] = _Family(added.header, added.kind)
        for series, value in added.values.items():
            before = family.values.get(series)
            if before is None:
                room -= 1
            if room >= 0 or before is not None:
                family.values[series] = value + (before or 0.0) if added.kind != "gauge" else value


def _write(families: dict[str, _Family]) -> bytes:
    lines: list[str] = []
    for family in families.values():
        lines += family.header
        lines += [f"{series} {number_text(value)}" for series, value in family.values.items()]
    return "\n".join([*lines, ""]).encode()


def _bounds(family: _Family) -> set[str]:
    if family.kind != "histogram":
        return set()
    return {bound for series in family.values for bound in _BOUND.findall(series)}
