"""Read every target at its interval; a bad one never disturbs its neighbours.

Way:     the bots' /metrics -> [scrape] -> Appender (storage), and ``on_scrape`` (rules, at once).
Source:  ``up`` and its companions: https://prometheus.io/docs/concepts/jobs_instances/
Time:    slots on the monotonic clock, stamps from the wall clock at the start of a scrape.
Threads: owned by the event loop; one task a target.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import httpx
from prometheus_client import CollectorRegistry, Counter

from deskwatch.errors import ParseError, ScrapeError, ScrapeReason
from deskwatch.model import METRIC_NAME, Clock, Labels, Scrape
from deskwatch.server.scrape.fetch import fetch, new_client
from deskwatch.server.scrape.schedule import next_slot_ms, slot_offset_ms
from deskwatch.server.scrape.target import Target, TargetHealth, TargetState

META_METRICS: Final = ("up", "scrape_duration_seconds", "scrape_samples_scraped")

_log = logging.getLogger(__name__)


class Appender(Protocol):
    """Keeps samples; the sample store is one."""

    def append(self, scrape: Scrape) -> None:
        """Keep what one source said at one moment."""


class ExpositionParser(Protocol):
    """Reads the expositions of one target; ``ingest.Parser`` is one."""

    def parse(self, body: bytes, ts_ms: int, source: str) -> Scrape:
        """Return what the body says, or raise ParseError or ScrapeError."""


@dataclass(slots=True)
class _Scraped:
    state: TargetState
    parser: ExpositionParser
    meta_series: tuple[Labels, ...]
    task: asyncio.Task[None] | None = None
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


class Scraper:
    """Reads all targets.

    Args:
        appender: Where samples go.
        new_parser: Makes the parser of a target from the labels that it gives to all series.
        clock: Wall and monotonic time.
        registry: Where the counters of this stage are exposed.
        on_scrape: Called after each scrape is appended, with the scrape of the target and that of ``up``.
        transport: Another way to the targets, for tests.
    """

    def __init__(
        self,
        appender: Appender,
        new_parser: Callable[[Labels], ExpositionParser],
        clock: Clock,
        *,
        registry: CollectorRegistry,
        on_scrape: Callable[[Scrape, Scrape], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._appender = appender
        self._new_parser = new_parser
        self._clock = clock
        self._on_scrape = on_scrape
        self._client = new_client(transport)
        self._scraped: dict[str, _Scraped] = {}
        self._attempts = Counter("deskwatch_scrape_attempts", "Scrapes started.", registry=registry)
        self._failures = Counter(
            "deskwatch_scrape_failures", "Scrapes that brought no samples.", ["reason"], registry=registry
        )
        for reason in ScrapeReason:
            self._failures.labels(reason.value)

    def add(self, target: Target, *, start: bool = True) -> None:
        """Read a target from now on; one of the same job and instance is replaced.

        Args:
            target: What to read.
            start: Whether a task reads it at its interval; False leaves it to :meth:`scrape_once`.
        """
        self._end_task(target.source)
        labels = target.target_labels
        meta = tuple(labels.with_(**{METRIC_NAME: name}) for name in META_METRICS)
        scraped = _Scraped(TargetState(target), self._new_parser(labels), meta)
        self._scraped[target.source] = scraped
        if start:
            scraped.task = asyncio.create_task(self._run(scraped), name=target.source)

    def remove(self, job: str) -> None:
        """Read the targets of a job no more and end their series, ``up`` included."""
        now_ms = self._clock.now_ms()
        for source in [s for s, scraped in self._scraped.items() if scraped.state.target.job == job]:
            self._end_task(source)
            del self._scraped[source]
            self._appender.append(Scrape(source, now_ms, (), ()))
            self._appender.append(Scrape(_meta_source(source), now_ms, (), ()))

    def targets(self) -> list[TargetState]:
        """Return how each target stands, in the order in which they were added."""
        return [scraped.state for scraped in self._scraped.values()]

    async def scrape_once(self, target: Target) -> TargetState:
        """Read a target now, out of turn.

        Raises:
            KeyError: The target was not added.
        """
        scraped = self._scraped[target.source]
        await self._scrape(scraped)
        return scraped.state

    async def close(self) -> None:
        """Stop all tasks and connections; series do not end, because a restart goes on with them."""
        tasks = [scraped.task for scraped in self._scraped.values() if scraped.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def _end_task(self, source: str) -> None:
        scraped = self._scraped.get(source)
        if scraped is not None and scraped.task is not None:
            scraped.task.cancel()

    async def _run(self, scraped: _Scraped) -> None:
        target = scraped.state.target
        offset_ms = slot_offset_ms(target.source, target.interval_ms)
        while True:
            now_ms = round(self._clock.monotonic() * 1000)
            await self._clock.sleep((next_slot_ms(now_ms, target.interval_ms, offset_ms) - now_ms) / 1000)
            try:
                await self._scrape(scraped)
            except Exception:  # noqa: BLE001  (a fault of ours over one target must not end its task for ever)
                _log.exception("scraping %s failed inside deskwatch", target.source)

    async def _scrape(self, scraped: _Scraped) -> None:
        async with scraped.busy:
            self._attempts.inc()
            started_ms, started = self._clock.now_ms(), self._clock.monotonic()
            error: ScrapeError | None = None
            try:
                scrape = await self._read(scraped, started_ms)
            except ScrapeError as failure:
                error = failure
                # Empty and complete: every series of the target ends here, as in Prometheus.
                scrape = Scrape(scraped.state.target.source, started_ms, (), ())
            duration_seconds = self._clock.monotonic() - started
            self._note(scraped.state, scrape, duration_seconds, error)
            self._hand_on(scraped, scrape)

    async def _read(self, scraped: _Scraped, ts_ms: int) -> Scrape:
        target = scraped.state.target
        body = await fetch(self._client, target.url, target.timeout_ms / 1000)
        try:
            return scraped.parser.parse(body, ts_ms, target.source)
        except ParseError as error:
            raise ScrapeError(f"is no Prometheus exposition: {error}", reason=ScrapeReason.NOT_EXPOSITION) from None

    def _note(self, state: TargetState, scrape: Scrape, duration_seconds: float, error: ScrapeError | None) -> None:
        if error is not None:
            self._failures.labels(error.reason.value).inc()
            if state.reason is not error.reason:
                _log.warning("target %s is down: %s", state.target.source, error)
        elif state.health is TargetHealth.DOWN:
            _log.info("target %s is up again", state.target.source)
        state.health = TargetHealth.UP if error is None else TargetHealth.DOWN
        state.reason = error.reason if error is not None else None
        state.error = str(error) if error is not None else ""
        state.last_scrape_ms = scrape.ts_ms
        state.last_duration_seconds = duration_seconds
        state.samples = len(scrape.series)

    def _hand_on(self, scraped: _Scraped, scrape: Scrape) -> None:
        state = scraped.state
        up = 1.0 if state.health is TargetHealth.UP else 0.0
        values = (up, state.last_duration_seconds, float(state.samples))
        meta = Scrape(_meta_source(scrape.source), scrape.ts_ms, scraped.meta_series, values)
        self._appender.append(scrape)
        self._appender.append(meta)
        if self._on_scrape is not None:
            self._on_scrape(scrape, meta)


def _meta_source(source: str) -> str:
    return f"up:{source}"
