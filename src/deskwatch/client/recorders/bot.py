"""Record how the bot is as a process."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskwatch.catalog.metrics import bot
from deskwatch.client.figure import Figure
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import Registry
from deskwatch.client.recorders.recorder import Recorder
from deskwatch.client.series import Counts, Labelled, Spread
from deskwatch.client.timing import timed


class BotMetrics(Recorder):
    """Tells deskwatch how the bot is. No call raises or waits after the declaration.

    Its uptime counts from here.

    Args:
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.

    Raises:
        ValueError: There is no such dialect, or another recorder of the registry speaks another one.
    """

    def __init__(
        self,
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry=registry, dialect=dialect, port=port, clock=clock, link=link)
        family, drops = self._declares.family, self._drops
        self._began = clock()
        self._uptime = Figure(drops, family(bot.UPTIME))
        self._cpu = Figure(drops, family(bot.CPU))
        self._memory = Figure(drops, family(bot.MEMORY))
        self._memory_ratio = Figure(drops, family(bot.MEMORY_RATIO))
        self._disk_ratio = Figure(drops, family(bot.DISK_RATIO))
        self._network_latency = Figure(drops, family(bot.NETWORK_LATENCY))
        self._error_ratio = Figure(drops, family(bot.ERROR_RATIO))
        self._clients = Figure(drops, family(bot.CONNECTED_CLIENTS))
        self._response: Spread = family(bot.RESPONSE).labels()
        self._errors: Labelled[Counts] = family(bot.ERRORS)
        self._registry.show_before_exposing(self)

    def record_system_health(
        self,
        *,
        cpu_ratio: float | None = None,
        memory_bytes: float | None = None,
        memory_ratio: float | None = None,
        disk_ratio: float | None = None,
    ) -> None:
        """Tell what the bot uses.

        Args:
            cpu_ratio: CPU; 1 is all of it.
            memory_bytes: Memory.
            memory_ratio: Memory, of the machine's.
            disk_ratio: Disk, of what there is.
        """
        self._cpu.tell(cpu_ratio)
        self._memory.tell(memory_bytes)
        self._memory_ratio.tell(memory_ratio)
        self._disk_ratio.tell(disk_ratio)

    def record_network_latency(self, seconds: float) -> None:
        """Tell the newest round trip to the venue."""
        self._network_latency.tell(seconds)

    def observe_response(self, seconds: float) -> None:
        """Record how long the bot took to answer."""
        self._response.observe(seconds)

    def time_response(self) -> timed:
        """Return a timer of an answer, for a block or a function, async as well."""
        return timed(self._response)

    def record_error(self, error_type: str) -> None:
        """Count an error of the bot by its type; keep the types few."""
        self._errors.labels(error_type).inc()

    def record_error_ratio(self, ratio: float) -> None:
        """Tell how many operations failed lately, of all; 0 to 1."""
        self._error_ratio.tell(ratio)

    def record_connected_clients(self, count: float) -> None:
        """Tell how many clients are connected to the bot."""
        self._clients.tell(count)

    def show(self) -> None:
        """Set what is worked out in a scrape."""
        self._uptime.show(max(0.0, self._clock() - self._began))
