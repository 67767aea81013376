"""Put the numbers of all processes together.

Way:     files of a folder → [merge] → lines of the text format.
Threads: one scrape after the other; the lock is held for the milliseconds that the reading takes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deskwatch.client import diagnostics
from deskwatch.client.metrics.processes.cell_file import HEADER_BYTES, read_keys, used_bytes
from deskwatch.client.metrics.processes.slot import number_of, sweep

Fold = Callable[[float, float], float]

FOLDS: Final[dict[str, Fold | None]] = {
    "counter": float.__add__,
    "histogram": float.__add__,
    "gauge_livesum": float.__add__,
    "gauge_livemin": min,
    "gauge_livemax": max,
    "gauge_livemostrecent": None,  # the one with the latest time, which stands in the cell behind
}
"""How two values become one, by the beginning of the file's name: prometheus-client's words for it.

Source: https://github.com/prometheus/client_python/blob/master/prometheus_client/multiprocess.py
"""


@dataclass(slots=True)
class _Known:
    """What is known of a file from the last look at it."""

    inode: int
    used: int = HEADER_BYTES
    cells: list[tuple[str, int]] = field(default_factory=list)


Merged = dict[str, dict[str, float]]
"""The values by the beginning of the file's name, then by key."""


class Merger:
    """Reads the files of a folder, each key once.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def read(self) -> Merged:
        """Return the value of every key, and throw away the gauges of processes that are gone."""
        with self._lock:
            merged: Merged = {prefix: {} for prefix in FOLDS}
            newest: dict[str, float] = {}
            seen = set()
            for name, prefix in self._files():
                seen.add(name)
                self._add(name, FOLDS[prefix], merged[prefix], newest)
            self._known = {name: known for name, known in self._known.items() if name in seen}
            return merged

    def _files(self) -> Iterator[tuple[str, str]]:
        held: dict[int, bool] = {}
        for name in _names(self._folder):
            prefix, number = name.partition("_deskwatch-")[0], number_of(name)
            if number is None or prefix not in FOLDS:
                continue
            if prefix.startswith("gauge") and number not in held:
                held[number] = sweep(self._folder, number)
            if held.get(number, True) or not prefix.startswith("gauge"):
                yield name, prefix

    def _add(self, name: str, fold: Fold | None, values: dict[str, float], newest: dict[str, float]) -> None:
        try:
            cells, numbers = self._read(name)
        except FileNotFoundError:
            return  # its process began anew in between
        except ValueError as error:
            diagnostics.say(
                "processes", f"{self._folder / name} is damaged: {error}; empty the folder at the next start"
            )
            return
        for key, at in cells:
            value = numbers[at]
            if fold is None:
                stamp = numbers[at + 1]
                if stamp > newest.get(key, 0.0):
                    newest[key], values[key] = stamp, value
            else:
                values[key] = fold(values[key], value) if key in values else value

    def _read(self, name: str) -> tuple[list[tuple[str, int]], memoryview[float]]:
        with (self._folder / name).open("rb") as file:
            inode = os.fstat(file.fileno()).st_ino
            used = used_bytes(file.read(HEADER_BYTES))
            file.seek(0)
            data = file.read(used)
        known = self._known.get(name)
        if known is None or known.inode != inode:
            known = self._known[name] = _Known(inode)
        known.cells.extend(read_keys(data, known.used, used))
        known.used = used
        return known.cells, memoryview(data).cast("d")


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208  (a scrape: no Path for each name)
    except FileNotFoundError:
        return []
