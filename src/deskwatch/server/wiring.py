"""Join the stages: the only place that knows everyone.

Way:     settings -> [wiring] -> one running monitor.
Order:   what can be wrong with the settings is said before anything starts; the state is restored before anything
         is evaluated; the bot starts before the pages are loaded, for it need not wait for them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from deskwatch.catalog import rule_file_text
from deskwatch.config import Settings, TelegramChannel, WebhookChannel, route_tree
from deskwatch.model import Clock, Event, EventKind, Labels, Scrape, SystemClock
from deskwatch.server.alerting import Alerting, Notifier, Router
from deskwatch.server.alerting.notify.channels import ConsoleNotifier, TelegramNotifier, WebhookNotifier
from deskwatch.server.api import Parts, build_app
from deskwatch.server.api.gate import Gate
from deskwatch.server.api.push import RECORDS_PATH
from deskwatch.server.api.serving import HttpServer
from deskwatch.server.desk import Desk, Overview
from deskwatch.server.ingest import GuardChange, Hello, Hooks, LogLine, Parser, PushGroups, RecordSink
from deskwatch.server.logs import Capture, Level, LogBook, log_path
from deskwatch.server.promql import Engine, ResultKind, metric_names
from deskwatch.server.reconcile import FlatCheck
from deskwatch.server.rules import Expander, RuleGroup, RuleManager, Seen, load_rule_file, parse_rule_file
from deskwatch.server.scrape import OwnMetrics, Scraper, Target, fetch, new_client
from deskwatch.server.storage.samples import SampleStore
from deskwatch.server.storage.state import BotRow, StateStore, Transaction, bots, journal
from deskwatch.server.supervise import PASSED_SIGNALS, BotState, MetricsDiscovery, Supervisor, bot_environment

_log = logging.getLogger("deskwatch")

EXIT_INTERNAL: Final = 70  # EX_SOFTWARE of sysexits.h; reliability A11 and H1
OWN_INTERVAL_SECONDS: Final = 1.0
DISCOVERY_SECONDS: Final = 2.0
STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


def bot_state_dir(settings: Settings) -> Path:
    """Return where the bot of the settings keeps its guard's latch."""
    return settings.data_dir / "bots" / settings.bot.name


def rule_groups(settings: Settings) -> list[RuleGroup]:
    """Return the rules of the catalogue and of the user's files.

    Raises:
        ConfigFileError: Everything in a file that cannot be run.
    """
    interval_ms = settings.rules.evaluation_interval_ms
    groups: list[RuleGroup] = []
    for name in settings.rules.catalog:
        groups += parse_rule_file(rule_file_text(name), Path(f"catalog:{name}.yaml"), interval_ms)
    for path in settings.rules.paths():
        groups += load_rule_file(path, interval_ms)
    return groups


def notifiers(settings: Settings) -> list[Notifier]:
    """Return the channels of the settings."""
    made: list[Notifier] = []
    for name, channel in settings.channels.items():
        match channel:
            case WebhookChannel(url=url, secret=secret):
                made.append(WebhookNotifier(name, url.reveal(), secret=secret.reveal() if secret else None))
            case TelegramChannel(token=token, chat_id=chat_id, base_url=base_url):
                made.append(TelegramNotifier(name, token.reveal(), str(chat_id), base_url=base_url))
            case _:
                made.append(ConsoleNotifier(name))
    return made


def client_token(data_dir: Path) -> str:
    """Return what bots show when they send records; kept, so that a bot outlives a restart of the monitor."""
    path = data_dir / "client-token"
    if path.exists():
        return path.read_text("ascii").strip()
    token = secrets.token_urlsafe(32)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(token, "ascii")
    return token


def instant_query(engine: Engine) -> Callable[[str, int], list[Seen]]:
    """Return the engine as rules and desk ask it: a vector, or a scalar as a vector of one."""

    def query(expr: str, ts_ms: int) -> list[Seen]:
        result = engine.query(expr, ts_ms)
        if result.kind is ResultKind.SCALAR:
            return [Seen(Labels(), float(result.values[0]))]
        return [Seen(labels, value) for labels, value in result.elements()]

    return query


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
        self._task_restarts = Counter(
            "deskwatch_task_restarts",
            "Tasks that ended by a fault and were started again.",
            ["task"],
            registry=self._registry,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._scraped = asyncio.Event()
        self._stopped = asyncio.Event()
        self._exit_code = 0
        self._closing = AsyncExitStack()
        self._supervisor: Supervisor | None = None
        self._commits: set[asyncio.Task[None]] = set()
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
        running = self._supervisor is not None and self._supervisor.pid is not None
        if self._supervisor is not None:
            self._supervisor.pass_on(signum)
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
        if self._supervisor is not None:
            # First of all: a bot that closes its positions while it ends still sends its fills.
            await self._supervisor.stop()
        await self._closing.aclose()

    async def _start_stages(self, sock: socket.socket) -> None:
        self._open()
        self._join()
        await self._alerting.start()
        self._closing.push_async_callback(self._alerting.stop)
        self._closing.push_async_callback(self._scraper.close)
        await self._manager.restore(await self._alerting.book.active())
        await self._resume_flat_checks()
        self._closing.push_async_callback(self._end_tasks)
        self._start_tasks()
        await self._serve(sock)
        self._closing.push_async_callback(self._http.stop)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._commits, return_exceptions=True)

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
        self._supervisor = self._new_supervisor() if self.has_bot else None
        self._sink = RecordSink(self._store, self._hooks(), self._clock, self._registry)
        self._overview = Overview(
            self._desk,
            self._store,
            targets=self._scraper.targets,
            supervisors={self.settings.bot.name: self._supervisor} if self._supervisor else {},
            router=Router(route),
            clock=self._clock,
            time_zone=self.settings.time_zone,
        )

    def _new_supervisor(self) -> Supervisor:
        settings = self.settings
        state_dir = bot_state_dir(settings)
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = log_path(settings.data_dir, settings.bot.name)
        output.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Supervisor(
            self._command,
            settings.bot,
            self._clock,
            environment=bot_environment(
                os.environ,
                bot=settings.bot.name,
                url=self.url,
                token=self._token,
                state_dir=state_dir,
                extra=settings.bot.env,
            ),
            output=output,
            run_file=state_dir / "run.json",
            on_event=self._on_bot_event,
        )

    def _hooks(self) -> Hooks:
        return Hooks(hello=self._on_hello, heartbeat=self._on_heartbeat, guard=self._on_guard, log=self._on_log)

    # -- running

    def _start_tasks(self) -> None:
        for target in self.settings.scrape.targets:
            self._scraper.add(
                Target(
                    job=target.job,
                    url=target.url,
                    interval_ms=target.interval_ms or self.settings.scrape.interval_ms,
                    timeout_ms=target.timeout_ms or self.settings.scrape.timeout_ms,
                    labels=target.labels,
                )
            )
        self._keep("samples", self._samples.run)
        self._keep("rules", self._manager.run)
        self._keep("own metrics", self._tell_own)
        self._keep("flat check", self._step_flat_checks)
        if self._supervisor is not None:
            self._keep("log capture", self._capture().run)
            self._keep("discovery", self._discover)
            self._tasks.append(asyncio.create_task(self._supervise(self._supervisor), name="supervise"))
        for task in self._alerting.tasks:
            task.add_done_callback(self._on_alerting_ended)

    def _capture(self) -> Capture:
        name = self.settings.bot.name
        path = log_path(self.settings.data_dir, name)
        return Capture(name, path, self._logs, self._clock, retention_ms=self.settings.retention.logs_ms)

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

    def _keep(self, name: str, run: Callable[[], Coroutine[object, object, None]]) -> None:
        self._tasks.append(asyncio.create_task(self._run_again(name, run), name=name))

    async def _run_again(self, name: str, run: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run a stage; one that ends by a fault is told of, counted, and started again a second later."""
        while True:
            try:
                await run()
            except Exception:  # noqa: BLE001  (whatever the fault is, the other stages go on, and a rule tells of it)
                _log.exception("the task %r failed; it starts again in a second", name)
                self._task_restarts.labels(name).inc()
                await self._clock.sleep(1.0)
            else:
                return

    async def _supervise(self, supervisor: Supervisor) -> None:
        exit_code = await supervisor.run()
        if exit_code == 0 or supervisor.state is BotState.STOPPED:
            self.request_stop(exit_code)
        else:
            # Nobody would be paged about a bot that is down if its monitor went with it.
            _log.error("%s: %s; deskwatch stays up, Ctrl-C stops it", self.settings.bot.name, supervisor.reason)

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
            if self._supervisor is not None and self._supervisor.started_ms is not None:
                scrapes.append(await self._supervisor.scrape(now_ms))
                scrapes.append(self._logs.scrape(self.settings.bot.name, now_ms))
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

    async def _discover(self) -> None:
        """Look for a /metrics of a bot that does not say where it is."""
        client = new_client()
        parser = Parser(Labels())
        discovery = MetricsDiscovery(
            lambda url, timeout_seconds: fetch(client, url, timeout_seconds),
            lambda body: bool(parser.parse(body, 0, "discovery").series),
        )
        configured = self.settings.bot.metrics_url
        while self._supervisor is not None:
            if self._supervisor.pid is None:
                discovery.forget()
            elif not self._is_scraped():
                ports = self._supervisor.usage.listening_ports if self.settings.bot.discover_metrics else ()
                found = configured or await discovery.find(ports)
                if found is not None:
                    self._scrape_bot(found)
            await self._clock.sleep(DISCOVERY_SECONDS)

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
        if hello.metrics_url is not None and bot == self.settings.bot.name:
            self._scrape_bot(hello.metrics_url)

    def _on_heartbeat(self, bot: str, ts_ms: int) -> None:  # noqa: ARG002  (when it came is what counts here)
        if self._supervisor is not None and bot == self.settings.bot.name:
            self._supervisor.heartbeat()

    def _on_guard(self, bot: str, change: GuardChange) -> None:
        if change.change == "tripped":
            self._flat.begin(bot, self._clock.now_ms())

    def _on_log(self, bot: str, line: LogLine) -> None:
        level = next((one for one in Level if one.value == line.level.lower()), None)
        self._logs.add(bot, f"{line.logger}: {line.message}" if line.logger else line.message, level=level)

    def _on_bot_event(self, kind: EventKind, bot: str, detail: Mapping[str, object]) -> None:
        if kind is EventKind.BOT_EXITED:
            self._scraper.remove(bot)
        event = Event(kind, self._clock.now_ms(), bot=bot, subject=bot, detail=detail)
        commit = asyncio.create_task(self._commit_bot(event), name=f"journal {kind}")
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)

    async def _commit_bot(self, event: Event) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        row = BotRow(event.bot, str(supervisor.state), supervisor.pid, supervisor.started_ms, supervisor.restarts)

        def commit(tx: Transaction) -> None:
            bots.put(tx, row)
            tx.event(event)

        await self._store.write(commit)

    def _is_scraped(self) -> bool:
        return any(state.target.job == self.settings.bot.name for state in self._scraper.targets())

    def _scrape_bot(self, url: str) -> None:
        name, scrape = self.settings.bot.name, self.settings.scrape
        # The port changes with each start; the instance must not, or every start would begin new series.
        self._scraper.add(Target(name, url, scrape.interval_ms, scrape.timeout_ms, name, {"bot": name}))


def _load_pages() -> Callable[..., None]:
    """Import the pages, which costs more than a second, in a thread."""
    from deskwatch.server.ui import mount  # noqa: PLC0415

    return mount
