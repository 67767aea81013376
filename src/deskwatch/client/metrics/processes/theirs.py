"""What prometheus-client's own multiprocess mode wrote into the folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from deskwatch.client.metrics.processes.slot import number_of

if TYPE_CHECKING:
    from prometheus_client import Metric


class TheirFiles:
    """Collects its files, without ours.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Merge the files as it does, but for the live gauges of a process that was killed: nobody told it."""
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415  (paid at the first scrape)

        files = [str(path) for path in self._folder.glob("*.db") if number_of(path.name) is None and _counts(path)]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged


def _counts(path: Path) -> bool:
    kind, _, rest = path.stem.partition("_")
    mode, _, pid = rest.partition("_")
    if kind != "gauge" or not mode.startswith("live") or not pid.isdecimal():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it lives, and is somebody else's
    return True
