"""Keep the values of a registry in the folder that several processes share."""

from __future__ import annotations

import json
import weakref
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from deskwatch.client import diagnostics
from deskwatch.client.metrics.counter import Counter
from deskwatch.client.metrics.declare import Declared
from deskwatch.client.metrics.drops import DROPS, DropReason, Drops
from deskwatch.client.metrics.exposition import bound_text, label_text, prometheus_client_text
from deskwatch.client.metrics.family import Family
from deskwatch.client.metrics.foreign import foreign_metrics, registries
from deskwatch.client.metrics.gauge import Gauge, Merge
from deskwatch.client.metrics.histogram import Histogram
from deskwatch.client.metrics.processes.cell_file import Cells, lonely_cells
from deskwatch.client.metrics.processes.files import Files, files_in
from deskwatch.client.metrics.processes.merge import Merger
from deskwatch.client.metrics.processes.series import Bind, SharedCounter, SharedGauge, SharedHistogram, SharedTally
from deskwatch.client.metrics.processes.text import merged_lines
from deskwatch.client.metrics.processes.theirs import TheirFiles
from deskwatch.client.periodic import Periodic

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from deskwatch.client.metrics.registry import Registry

GAUGE_PREFIXES: Final[dict[Merge, str]] = {
    "newest": "gauge_livemostrecent",
    "sum": "gauge_livesum",
    "min": "gauge_livemin",
    "max": "gauge_livemax",
}
"""The files of each way to merge, in prometheus-client's words."""

SHOW_SECONDS: Final = 1.0
"""How old a gauge may be that is set only when somebody looks: a fifth of the server's scrape interval."""


class ManyProcesses:
    """Keeps the values in files, and exposes what all processes wrote.

    Args:
        folder: The folder; it is made when it is not there.
        files: The files of this process in it.

    Raises:
        OSError: The folder cannot be written.
    """

    shared = True

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self._folder = folder.absolute()
        self._files = files if files is not None else files_in(self._folder)
        self._merger = Merger(self._folder)
        self._showing: Periodic | None = None
        self._taken: set[str] = set()
        self._tallies: list[SharedTally] = []
        self._files.take()
        self.drops = Drops(self._tally)

    def _tally(self, reason: DropReason) -> SharedTally:
        tally = SharedTally(self._bind("counter", [_key(DROPS, DROPS.name, (reason.value,))]))
        self._tallies.append(tally)
        return tally

    def _bind(self, prefix: str, keys: Sequence[str]) -> Bind:
        return partial(self._cells, prefix, keys)

    def _cells(self, prefix: str, keys: Sequence[str]) -> Cells:
        cells = self._files.cells(prefix, keys)
        if cells is not None:
            return cells
        if len(self._tallies) == len(DropReason):
            self.drops.count(DropReason.EXPORTER)
        return lonely_cells(len(keys))

    def counter(self, declared: Declared, values: tuple[str, ...]) -> Counter:
        """Make a counter."""
        bind = self._bind("counter", [_key(declared, declared.name, values)])
        return SharedCounter(declared.name, label_text(declared.label_names, values), self.drops, bind)

    def gauge(self, declared: Declared, values: tuple[str, ...], merge: Merge | None) -> Gauge:
        """Make a gauge."""
        keys = [_key(declared, declared.name, values)]

        def bind(by: Merge) -> Cells:
            return self._cells(GAUGE_PREFIXES[by], keys)

        return SharedGauge(declared.name, label_text(declared.label_names, values), self.drops, bind, merge)

    def histogram(self, declared: Declared, values: tuple[str, ...], bounds: Sequence[float]) -> Histogram:
        """Make a histogram."""
        texts = [*map(bound_text, bounds), "+Inf"]
        buckets = [_key(declared, f"{declared.name}_bucket", values, le=text) for text in texts]
        bind = self._bind("histogram", [_key(declared, f"{declared.name}_sum", values), *buckets])
        labels = label_text(declared.label_names, values)
        return SharedHistogram(declared.name, labels, self.drops, bounds, bind)

    def lines(self, families: Sequence[Family[Any]]) -> list[str]:  # noqa: ARG002
        """Write the families of all processes, whether this one declared them or not."""
        lines, self._taken = merged_lines(self._merger.read())
        return lines

    def drop_lines(self) -> list[str]:
        """Write nothing: the drops are among the families."""
        return []

    def prometheus_client_text(self, taken: Collection[str]) -> bytes:
        """Write what prometheus-client counted in all processes that had the variable when they imported it."""
        return prometheus_client_text(foreign_metrics(self._sources(), {*taken, *self._taken}, self.drops))

    def _sources(self) -> list[Collector]:
        from prometheus_client import values  # noqa: PLC0415  (paid at the first scrape)

        theirs = TheirFiles(self._folder)
        if values.ValueClass._multiprocess:  # noqa: SLF001  (there is no public way to ask)
            return [theirs]
        what = "prometheus_client was imported before PROMETHEUS_MULTIPROC_DIR was set"
        diagnostics.say("processes", f"{what}: its own metrics are those of one process; set the variable earlier")
        return [*registries(), theirs]

    def show_now_and_then(self, registry: Registry) -> None:
        """Show what only shows itself when somebody looks: here another process may be the one that looks."""
        if self._showing is not None:
            return
        weak = weakref.ref(registry)  # a thread must not be what keeps a registry alive

        def show(_: float | None) -> float:
            shown = weak()
            if shown is not None:
                shown.show()
            return SHOW_SECONDS

        self._showing = Periodic("deskwatch-show", show, first_seconds=SHOW_SECONDS, failed=self._not_shown)
        self._showing.start()

    def _not_shown(self, _: Exception) -> None:
        self.drops.count(DropReason.INTERNAL)

    def after_fork(self) -> None:
        """Go to the child's own files."""
        self._files.after_fork()
        self._merger = Merger(self._folder)
        for tally in self._tallies:
            tally.after_fork()


def _key(declared: Declared, sample: str, values: tuple[str, ...], **more: str) -> str:
    """Return the key of a cell.

    Source: https://github.com/prometheus/client_python/blob/master/prometheus_client/mmap_dict.py (mmap_key)
    """
    labels = {**dict(zip(declared.label_names, values, strict=True)), **more}
    family = declared.name.removesuffix("_total")  # theirs is the name without, ours the one of the sample
    return json.dumps([family, sample, labels, declared.documentation], sort_keys=True)
