"""One server: every stage joined, started in order, stopped in order.

Order:   what can be wrong with the settings is said before anything starts; the state is restored before anything
         is evaluated; the bot starts before the pages are loaded, for it need not wait for them. At the end the bot
         is stopped first, while its records are still taken.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final

from prometheus_client import CollectorRegistry

from deskwatch.config import Settings, route_tree
from deskwatch.model import Clock, Event, EventKind, Scrape, SystemClock
from deskwatch.server.alerting import Alerting, RaisedAlerts, Router, was_raised
from deskwatch.server.api import Parts, build_app
from deskwatch.server.api.gate import Gate
from deskwatch.server.api.push import RECORDS_PATH
from deskwatch.server.api.serving import HttpServer
from deskwatch.server.desk import Desk, Overview
from deskwatch.server.ingest import GuardChange, GuardCommands, Hello, Hooks, LogLine, Parser, PushGroups, RecordSink
from deskwatch.server.logs import Level, LogBook
from deskwatch.server.promql import Engine, metric_names
from deskwatch.server.reconcile import FlatCheck
from deskwatch.server.rules import Expander, RuleManager, instant_query
from deskwatch.server.scrape import OwnMetrics, Scraper
from deskwatch.server.storage.samples import SampleCounts, SampleStore
from deskwatch.server.storage.state import StateStore, journal
from deskwatch.server.supervise import PASSED_SIGNALS
from deskwatch.server.wiring.bot import BotWatch
from deskwatch.server.wiring.made import client_token, notifiers, rule_groups, targets
from deskwatch.server.wiring.tasks import Tasks

_log = logging.getLogger("deskwatch")

EXIT_INTERNAL: Final = 70  # EX_SOFTWARE of sysexits.h; reliability A11 and H1
OWN_INTERVAL_SECONDS: Final = 1.0
STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


class Monitor:
    """One server with all its stages.

    Args:
        settings: What to run.
        command: The bot to supervise, resolved; empty for none.
        clock: The time.

    Attributes:
        settings: What it runs.
        has_bot: Whether it supervises a bot.

    Raises:
        ConfigFileError: A rule file cannot be run.
    """

    def __init__(self, settings: Settings, command: Sequence[str] = (), clock: Clock | None = None) -> None:
        self.settings = settings
        self.has_bot = bool(command)
        self._command = list(command)
        self._clock = clock or SystemClock()
        self._groups = rule_groups(settings)
        self._listeners: list[Callable[[Event], None]] = []
        self._registry = CollectorRegistry()
        self._tasks = Tasks(self._clock, self._registry)
        self._scraped = asyncio.Event()
        self._stopped = asyncio.Event()
        self._exit_code = 0
        self._closing = AsyncExitStack()
        self._bot: BotWatch | None = None
        self._port = settings.listen.port
        self._ready = False

    @property
    def url(self) -> str:
        """Where the page is."""
        scheme = "https" if self.settings.tls else "http"
        host = self.settings.listen.host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def signals(self) -> Sequence[signal.Signals]:
        """The signals that :meth:`on_signal` takes."""
        return PASSED_SIGNALS if self.has_bot else STOPPING

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with every event of the journal, after its commit; subscribe before the start."""
        self._listeners.append(listener)

    async def start(self, sock: socket.socket) -> None:
        """Restore what was, start every stage and the bot, and answer on the socket.

        Raises:
            StorageError: Another server holds the data directory, or the state cannot be read.
        """
        self._port = sock.getsockname()[1]
        try:
            await self._start_stages(sock)
        except BaseException:
            await self.stop()
            raise
        self._ready = True
        await self._store.record(Event(EventKind.SERVER_STARTED, self._clock.now_ms(), subject=self.url))

    async def wait(self) -> int:
        """Return the exit code when the bot has ended or somebody said stop."""
        await self._stopped.wait()
        return self._exit_code

    def on_signal(self, signum: int) -> None:
        """Pass a signal on to the bot; one that ends programs ends the monitor too, after its bot."""
        running = self._bot is not None and self._bot.runs
        if self._bot is not None:
            self._bot.supervisor.pass_on(signum)
        if signum in STOPPING and not running:
            self.request_stop(0)

    def request_stop(self, exit_code: int) -> None:
        """Make :meth:`wait` return."""
        if not self._stopped.is_set():
            self._exit_code = exit_code
            self._stopped.set()

    async def stop(self) -> None:
        """Stop the bot if it still runs, then every stage that was started; what is not delivered waits on disk."""
        self._ready = False
        if self._bot is not None:
            # First of all: a bot that closes its positions while it ends still sends its fills.
            await self._bot.supervisor.stop()
        await self._closing.aclose()

    async def _start_stages(self, sock: socket.socket) -> None:
        self._open()
        self._join()
        await self._alerting.start()
        self._closing.push_async_callback(self._alerting.stop)
        self._closing.push_async_callback(self._scraper.close)
        active = await self._alerting.book.active()
        self._raised.restore(active)
        await self._manager.restore(alert for alert in active if not was_raised(alert))
        await self._resume_flat_checks()
        await self._commands.restore()
        self._closing.push_async_callback(self._tasks.end)
        self._start_tasks()
        await self._serve(sock)
        self._closing.push_async_callback(self._http.stop)

    # -- joining the stages

    def _open(self) -> None:
        data_dir = self.settings.data_dir
        self._store = StateStore.open(f"sqlite:///{data_dir / 'state.db'}", self._clock, self._registry)
        self._closing.push_async_callback(self._store.close)
        for listener in self._listeners:
            self._store.subscribe(listener)
        self._samples = SampleStore.open(
            data_dir / "samples.duckdb", self._clock, retention_ms=self.settings.retention.samples_ms
        )
        self._closing.push_async_callback(self._samples.close)
        self._registry.register(SampleCounts(self._samples.stats))
        self._engine = Engine(self._samples)
        self._logs = LogBook(self._clock)
        self._token = client_token(data_dir)

    def _join(self) -> None:
        query = instant_query(self._engine)
        route = route_tree(self.settings.alerting)
        self._desk = Desk(
            query=query,
            samples=self._samples,
            store=self._store,
            last_lines=lambda bot, count: [line.text for line in self._logs.last(bot, count)],
            clock=self._clock,
            url=self.url,
        )
        self._alerting = Alerting(
            self._store,
            self._clock,
            self._registry,
            route=route,
            receivers={one.name: one.channels for one in self.settings.alerting.receivers},
            notifiers=notifiers(self.settings),
            random=random.random,
            fallback=self.settings.fallback_channel,
            context=self._desk,
            url=self.url,
        )
        self._raised = RaisedAlerts(self._alerting.book, self._clock)
        self._manager = RuleManager(
            self._groups,
            query=query,
            reads=metric_names,
            appender=self._samples,
            sink=self._alerting.book,
            clock=self._clock,
            expander=Expander(on_error=lambda template, error: _log.warning("template %r: %s", template, error)),
            registry=self._registry,
        )
        self._flat = FlatCheck(self._desk, self._store, self._clock, self._registry)
        self._scraper = Scraper(
            self._samples,
            Parser,
            self._clock,
            registry=self._registry,
            on_scrape=self._on_scrape,
        )
        self._pushes = PushGroups()
        self._own = OwnMetrics(self._registry, f"{self.settings.listen.host}:{self._port}")
        self._bot = self._new_bot() if self.has_bot else None
        hooks = Hooks(hello=self._on_hello, heartbeat=self._on_heartbeat, guard=self._on_guard, log=self._on_log)
        self._sink = RecordSink(self._store, hooks, self._raised, self._clock, self._registry)
        self._commands = GuardCommands(self._store, self._clock, self._token, self._registry)
        self._overview = Overview(
            self._desk,
            self._store,
            targets=self._scraper.targets,
            supervisors={self._bot.name: self._bot.supervisor} if self._bot else {},
            router=Router(route),
            clock=self._clock,
            time_zone=self.settings.time_zone,
        )

    def _new_bot(self) -> BotWatch:
        return BotWatch(
            self._command,
            self.settings,
            self._clock,
            url=self.url,
            token=self._token,
            store=self._store,
            logs=self._logs,
            scraper=self._scraper,
            tasks=self._tasks,
            stop=self.request_stop,
        )

    # -- running

    def _start_tasks(self) -> None:
        for target in targets(self.settings):
            self._scraper.add(target)
        self._tasks.keep("samples", self._samples.run)
        self._tasks.keep("rules", self._manager.run)
        self._tasks.keep("raised alerts", self._raised.run)
        self._tasks.keep("own metrics", self._tell_own)
        self._tasks.keep("flat check", self._step_flat_checks)
        if self._bot is not None:
            self._bot.start()
        for task in self._alerting.tasks:
            task.add_done_callback(self._on_alerting_ended)

    async def _serve(self, sock: socket.socket) -> None:
        app = build_app(
            Parts(
                clock=self._clock,
                registry=self._registry,
                engine=self._engine,
                samples=self._samples,
                store=self._store,
                manager=self._manager,
                scraper=self._scraper,
                overview=self._overview,
                logs=self._logs,
                sink=self._sink,
                commands=self._commands,
                token=self._token,
                groups=self._pushes,
                pushed=self._on_push,
                is_ready=lambda: self._ready,
            )
        )
        mount = await asyncio.to_thread(_load_pages)
        mount(app, scrape_interval_ms=self.settings.scrape.interval_ms)
        listen = self.settings.listen
        names = {"127.0.0.1", "localhost", "::1", listen.host} if listen.is_loopback else set()
        gate = Gate(app, hosts=names, password=self.settings.password, bearer_paths={RECORDS_PATH})
        self._http = HttpServer(gate, sock, self.settings.tls)
        await self._http.start()

    def _on_alerting_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or not self._ready:
            return
        _log.critical("%s ended: nothing can be delivered; stopping", task.get_name(), exc_info=task.exception())
        self.request_stop(EXIT_INTERNAL)

    # -- what runs every second

    async def _tell_own(self) -> None:
        while True:
            now_ms = self._clock.now_ms()
            scrapes = [self._own.scrape(now_ms), *self._pushes.scrapes(now_ms)]
            if self._bot is not None:
                scrapes += await self._bot.scrapes(now_ms)
            for scrape in scrapes:
                self._samples.append(scrape)
                self._manager.touch(scrape, pushed=False)
            self._scraped.set()  # a bot that is not scraped any more is still judged
            await self._clock.sleep(OWN_INTERVAL_SECONDS)

    async def _step_flat_checks(self) -> None:
        while True:
            await self._scraped.wait()
            self._scraped.clear()
            await self._flat.step()

    async def _resume_flat_checks(self) -> None:
        kinds = (EventKind.GUARD_TRIPPED, EventKind.POSITION_FLAT)
        events = await self._store.read(lambda conn: journal.read(conn, 0, 1_000_000, kinds))
        last: Mapping[str, Event] = {event.bot: event for event in events}
        for event in last.values():
            if event.kind is EventKind.GUARD_TRIPPED:
                self._flat.begin(event.bot, event.ts_ms)

    # -- what the stages tell one another

    def _on_scrape(self, scrape: Scrape, meta: Scrape) -> None:
        self._manager.touch(scrape, pushed=False)
        self._manager.touch(meta, pushed=False)
        self._scraped.set()

    def _on_push(self, scrape: Scrape) -> None:
        self._samples.append(scrape)
        self._manager.touch(scrape, pushed=True)

    def _on_hello(self, bot: str, hello: Hello) -> None:
        if self._bot is not None and bot == self._bot.name:
            self._bot.on_hello(hello)

    def _on_heartbeat(self, bot: str, ts_ms: int) -> None:  # noqa: ARG002  (when it came is what counts here)
        if self._bot is not None and bot == self._bot.name:
            self._bot.supervisor.heartbeat()

    def _on_guard(self, bot: str, change: GuardChange) -> None:
        self._commands.heard(bot, change)
        if change.change == "tripped":
            self._flat.begin(bot, self._clock.now_ms())

    def _on_log(self, bot: str, line: LogLine) -> None:
        level = next((one for one in Level if one.value == line.level.lower()), None)
        self._logs.add(bot, f"{line.logger}: {line.message}" if line.logger else line.message, level=level)


def _load_pages() -> Callable[..., None]:
    """Import the pages, which costs more than a second, in a thread."""
    from deskwatch.server.ui import mount  # noqa: PLC0415

    return mount
