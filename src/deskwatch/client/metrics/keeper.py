"""Who keeps the values of the series: this process for itself, or a folder for several processes together.

Way:     registry → [keeper] makes each series, and writes them all when somebody looks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from deskwatch.client import diagnostics
from deskwatch.client.metrics.counter import Counter
from deskwatch.client.metrics.declare import Declared
from deskwatch.client.metrics.drops import DROPS, Drops
from deskwatch.client.metrics.exposition import header, label_text, prometheus_client_text
from deskwatch.client.metrics.family import Family
from deskwatch.client.metrics.foreign import foreign_metrics, registries
from deskwatch.client.metrics.gauge import Gauge, Merge
from deskwatch.client.metrics.histogram import Histogram

if TYPE_CHECKING:
    from deskwatch.client.metrics.registry import Registry

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that turns on prometheus-client's own multiprocess mode, read when a registry is made.

Source: https://prometheus.github.io/client_python/multiprocess/
"""


class Keeper(Protocol):
    """Makes the series of a registry, and writes them."""

    drops: Drops

    @property
    def shared(self) -> bool:
        """Whether several processes are counted together."""
        ...

    def counter(self, declared: Declared, values: tuple[str, ...]) -> Counter:
        """Make the counter of some label values."""
        ...

    def gauge(self, declared: Declared, values: tuple[str, ...], merge: Merge | None) -> Gauge:
        """Make the gauge of some label values."""
        ...

    def histogram(self, declared: Declared, values: tuple[str, ...], bounds: Sequence[float]) -> Histogram:
        """Make the histogram of some label values."""
        ...

    def lines(self, families: Sequence[Family[Any]]) -> list[str]:
        """Return the text format of these families, or of all that the processes know."""
        ...

    def drop_lines(self) -> list[str]:
        """Return the text format of the drops, unless ``lines`` had it."""
        ...

    def prometheus_client_text(self, taken: Collection[str]) -> bytes:
        """Return what prometheus-client itself counted, without the names that are taken."""
        ...

    def show_now_and_then(self, registry: Registry) -> None:
        """Have the registry shown for the sake of other processes, if there are any."""
        ...

    def after_fork(self) -> None:
        """Start afresh in a forked child."""
        ...


class OneProcess:
    """Keeps the values in the memory of this process."""

    shared = False

    def __init__(self) -> None:
        self.drops = Drops()

    def counter(self, declared: Declared, values: tuple[str, ...]) -> Counter:
        """Make a counter."""
        return Counter(declared.name, label_text(declared.label_names, values), self.drops)

    def gauge(self, declared: Declared, values: tuple[str, ...], merge: Merge | None) -> Gauge:  # noqa: ARG002
        """Make a gauge; one process has nothing to merge."""
        return Gauge(declared.name, label_text(declared.label_names, values), self.drops)

    def histogram(self, declared: Declared, values: tuple[str, ...], bounds: Sequence[float]) -> Histogram:
        """Make a histogram."""
        return Histogram(declared.name, label_text(declared.label_names, values), self.drops, bounds)

    def lines(self, families: Sequence[Family[Any]]) -> list[str]:
        """Write the families."""
        lines: list[str] = []
        for family in families:
            family.write(lines)
        return lines

    def drop_lines(self) -> list[str]:
        """Write the drops last, so that those of the writing itself are in."""
        counts = self.drops.read().items()
        return [header(DROPS), *(f'{DROPS.name}{{reason="{reason}"}} {float(count)}' for reason, count in counts)]

    def prometheus_client_text(self, taken: Collection[str]) -> bytes:
        """Write what lives in its registries."""
        return prometheus_client_text(foreign_metrics(registries(), taken, self.drops))

    def show_now_and_then(self, registry: Registry) -> None:
        """Do nothing: a scrape shows what it needs."""

    def after_fork(self) -> None:
        """Go on with the parent's values."""


def keeper_for(environment: Mapping[str, str]) -> Keeper:
    """Return who keeps the values, by ``PROMETHEUS_MULTIPROC_DIR``; a folder that is of no use is told."""
    folder = environment.get(FOLDER_VARIABLE)
    if not folder:
        return OneProcess()
    from deskwatch.client.metrics.processes.keeper import ManyProcesses  # noqa: PLC0415  (few bots need mmap, fcntl)

    try:
        return ManyProcesses(Path(folder))
    except OSError as error:
        what = f"{FOLDER_VARIABLE}={folder} cannot be used: {error}"
        diagnostics.say("processes", f"{what}; this process counts for itself until the folder can be written")
        return OneProcess()
