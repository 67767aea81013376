"""Read the machine when somebody scrapes, where no node_exporter runs.

Way:     psutil → [host] → the families ``host_*``, as the last step before an exposition.
Threads: all reading is done in the thread of the scrape; the bot's own threads pay nothing.
Source:  https://psutil.readthedocs.io/
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

from deskwatch.catalog.metric import Metric
from deskwatch.catalog.metrics import host as catalog
from deskwatch.client.extra import load
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics import Counter, DropReason, Registry, default_registry

PERCENT: Final = 100.0


class HostMetrics:
    """CPU, memory, disks, network and load of the machine, read at each scrape.

    Keep the object as long as it shall be read. One process of a machine is enough. In a container psutil sees the
    machine below it, except for the disks and the network, which are the container's.

    Args:
        registry: Where the metrics are declared; by default the registry of the process.
        disks: The mount points whose space is told.

    Raises:
        MissingExtraError: psutil is not installed.
    """

    def __init__(self, registry: Registry | None = None, *, disks: Sequence[str] = ("/",)) -> None:
        self._psutil = load("psutil", "host", "Reading the host")
        self._registry = registry if registry is not None else default_registry()
        self._disks = tuple(disks)
        metrics = [metric for metric in vars(catalog).values() if isinstance(metric, Metric)]
        self._families = {metric.name: self._registry.family(metric) for metric in metrics}
        self._totals = _Totals()
        self._reading = threading.Lock()
        self._readers: tuple[Callable[[ModuleType], None], ...] = (
            self._read_cpu,
            self._read_memory,
            self._read_disks,
            self._read_disk_traffic,
            self._read_network,
        )
        self._psutil.cpu_percent(None)  # begins the first interval; the answer to this first call means nothing
        self._registry.show_before_exposing(self)
        renew_after_fork(self)

    def show(self) -> None:
        """Read the machine; what cannot be read is counted, and the rest is shown."""
        if not self._reading.acquire(blocking=False):  # another scrape reads, or hangs on a dead disk
            return
        try:
            for read in self._readers:
                self._try(read)
        finally:
            self._reading.release()

    def _try(self, read: Callable[[ModuleType], None]) -> None:
        try:
            read(self._psutil)
        except Exception:  # noqa: BLE001  (a disk may be gone, a file of /proc closed to us)
            self._registry.drops.count(DropReason.COLLECTOR)

    def _read_cpu(self, psutil: ModuleType) -> None:
        self._set(catalog.CPU_USAGE, psutil.cpu_percent(None) / PERCENT)
        self._set(catalog.CPU_COUNT, psutil.cpu_count() or 0)
        for metric, mean in zip((catalog.LOAD_1, catalog.LOAD_5, catalog.LOAD_15), os.getloadavg(), strict=True):
            self._set(metric, mean)

    def _read_memory(self, psutil: ModuleType) -> None:
        memory = psutil.virtual_memory()
        self._set(catalog.MEMORY_TOTAL, memory.total)
        self._set(catalog.MEMORY_USED, memory.total - memory.available)
        self._set(catalog.MEMORY_USAGE, (memory.total - memory.available) / memory.total)
        self._set(catalog.SWAP_USED, psutil.swap_memory().used)

    def _read_disks(self, psutil: ModuleType) -> None:
        for mountpoint in self._disks:
            disk = psutil.disk_usage(mountpoint)
            self._set(catalog.DISK_TOTAL, disk.total, mountpoint)
            self._set(catalog.DISK_USED, disk.used, mountpoint)
            self._set(catalog.DISK_USAGE, disk.percent / PERCENT, mountpoint)

    def _read_disk_traffic(self, psutil: ModuleType) -> None:
        traffic = psutil.disk_io_counters()
        if traffic is None:  # a machine without disks of its own
            return
        self._count(catalog.DISK_READ, traffic.read_bytes)
        self._count(catalog.DISK_WRITTEN, traffic.write_bytes)

    def _read_network(self, psutil: ModuleType) -> None:
        traffic: Mapping[str, Any] = psutil.net_io_counters(pernic=True)
        for device, seen in traffic.items():
            self._count(catalog.NETWORK_RECEIVED, seen.bytes_recv, device)
            self._count(catalog.NETWORK_SENT, seen.bytes_sent, device)
            self._count(catalog.NETWORK_ERRORS, seen.errin + seen.errout + seen.dropin + seen.dropout, device)

    def _set(self, metric: Metric, value: float, *labels: str) -> None:
        self._families[metric.name].labels(*labels).set(float(value))

    def _count(self, metric: Metric, total: float, *labels: str) -> None:
        self._totals.raise_to(self._families[metric.name].labels(*labels), (metric.name, *labels), total)

    def after_fork(self) -> None:
        """Leave the machine to the parent: a child that reads it too would count it twice."""
        self._reading = threading.Lock()
        self._readers = ()


class _Totals:
    """Brings counters to totals that somebody else counts."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], float] = {}

    def raise_to(self, counter: Counter, key: tuple[str, ...], total: float) -> None:
        """Add what came since; a total that went down began anew, as when a device came back."""
        before = self._seen.get(key, 0.0)
        counter.inc(float(total - before if total >= before else total))
        self._seen[key] = total
