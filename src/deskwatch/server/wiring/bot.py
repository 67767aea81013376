"""Follow the bot of ``deskwatch run``: its process, its output, its metrics, its records.

Way:     supervise, logs, scrape and ingest meet here; what they find goes to the journal and the samples.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from deskwatch.config import Settings
from deskwatch.errors import CommandError
from deskwatch.model import Clock, Event, EventKind, Labels, Scrape
from deskwatch.server.ingest import Hello, Parser
from deskwatch.server.logs import Capture, LogBook, log_path
from deskwatch.server.scrape import Scraper, Target, fetch, new_client
from deskwatch.server.storage.state import BotRow, StateStore, Transaction, bots
from deskwatch.server.supervise import BotState, MetricsDiscovery, Supervisor, bot_environment
from deskwatch.server.wiring.tasks import Tasks

DISCOVERY_SECONDS: Final = 2.0

_log = logging.getLogger("deskwatch")


class BotWatch:
    """The bot of one server.

    Args:
        command: What is run.
        settings: All settings.
        clock: The time.
        url: Where the bot's client sends its records.
        token: What it shows there.
        store: Keeps what happens to the bot.
        logs: Takes its lines.
        scraper: Reads its metrics.
        tasks: Runs what follows it.
        stop: Stops the server with an exit code.

    Attributes:
        name: The bot's name.
        supervisor: Runs its process.
    """

    def __init__(
        self,
        command: Sequence[str],
        settings: Settings,
        clock: Clock,
        *,
        url: str,
        token: str,
        store: StateStore,
        logs: LogBook,
        scraper: Scraper,
        tasks: Tasks,
        stop: Callable[[int], None],
    ) -> None:
        self.name = settings.bot.name
        self._settings = settings
        self._clock = clock
        self._store = store
        self._logs = logs
        self._scraper = scraper
        self._tasks = tasks
        self._stop = stop
        self._output = log_path(settings.data_dir, self.name)
        self._output.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_dir = settings.bot_state_dir
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        environment = bot_environment(
            os.environ, bot=self.name, url=url, token=token, state_dir=state_dir, extra=settings.bot.env
        )
        self.supervisor = Supervisor(
            command,
            settings.bot,
            clock,
            environment=environment,
            output=self._output,
            run_file=state_dir / "run.json",
            on_event=self._on_event,
        )

    def start(self) -> None:
        """Start the bot, and follow it."""
        retention_ms = self._settings.retention.logs_ms
        capture = Capture(self.name, self._output, self._logs, self._clock, retention_ms=retention_ms)
        self._tasks.keep("log capture", capture.run)
        self._tasks.keep("discovery", self._discover)
        self._tasks.once("supervise", self._supervise())

    @property
    def runs(self) -> bool:
        """Whether it has a process."""
        return self.supervisor.pid is not None

    def on_hello(self, hello: Hello) -> None:
        """Read the metrics where its client says they are."""
        if hello.metrics_url is not None:
            self._scrape(hello.metrics_url)

    async def scrapes(self, now_ms: int) -> list[Scrape]:
        """Return what is measured of it from outside; nothing before its first start."""
        if self.supervisor.started_ms is None:
            return []
        return [await self.supervisor.scrape(now_ms), self._logs.scrape(self.name, now_ms)]

    async def _supervise(self) -> None:
        try:
            exit_code = await self.supervisor.run()
        except CommandError as error:
            _log.error("%s", error)
            self._stop(error.exit_status)
            return
        if exit_code == 0 or self.supervisor.state is BotState.STOPPED:
            self._stop(exit_code)
        else:
            # Nobody would be paged about a bot that is down if its monitor went with it.
            _log.error("%s: %s; deskwatch stays up, Ctrl-C stops it", self.name, self.supervisor.reason)

    async def _discover(self) -> None:
        """Look for a /metrics of a bot that does not say where it is."""
        bot = self._settings.bot
        client, parser = new_client(), Parser(Labels())
        discovery = MetricsDiscovery(
            lambda url, timeout_seconds: fetch(client, url, timeout_seconds),
            lambda body: bool(parser.parse(body, 0, "discovery").series),
        )
        while True:
            if not self.runs:
                discovery.forget()
            elif not self._is_scraped():
                ports = self.supervisor.usage.listening_ports if bot.discover_metrics else ()
                found = bot.metrics_url or await discovery.find(ports)
                if found is not None:
                    self._scrape(found)
            await self._clock.sleep(DISCOVERY_SECONDS)

    def _is_scraped(self) -> bool:
        return any(state.target.job == self.name for state in self._scraper.targets())

    def _scrape(self, url: str) -> None:
        scrape = self._settings.scrape
        # The port changes with each start; the instance must not, or every start would begin new series.
        self._scraper.add(Target(self.name, url, scrape.interval_ms, scrape.timeout_ms, self.name, {"bot": self.name}))

    def _on_event(self, kind: EventKind, bot: str, detail: Mapping[str, object]) -> None:
        if kind is EventKind.BOT_EXITED:
            self._scraper.remove(bot)
        event = Event(kind, self._clock.now_ms(), bot=bot, subject=bot, detail=detail)
        self._tasks.once(f"journal {kind}", self._commit(event))

    async def _commit(self, event: Event) -> None:
        now = self.supervisor
        row = BotRow(event.bot, str(now.state), now.pid, now.started_ms, now.restarts)

        def commit(tx: Transaction) -> None:
            bots.put(tx, row)
            tx.event(event)

        await self._store.write(commit)
