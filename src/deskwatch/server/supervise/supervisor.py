"""Keep one bot running, and know how it stands.

Way:     deskwatch run -> [supervise] -> events (journal), ``scrape`` (storage), the captured file (logs).
Time:    durations on the monotonic clock.
Threads: owned by the event loop; only the process tree is sampled in a thread.

If this process dies, the bot lives on: it has a session of its own, writes to a file and no pipe, and gets no
parent-death signal. A monitor that starts again finds it by its run file and takes it over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from deskwatch.config import BotSettings
from deskwatch.errors import CommandError
from deskwatch.model import Clock, EventKind, Scrape
from deskwatch.server.supervise.bot_series import BotSeries
from deskwatch.server.supervise.decisions import (
    HangVerdict,
    RestartDecision,
    RestartVerdict,
    hang_decision,
    restart_decision,
)
from deskwatch.server.supervise.process import (
    AdoptedProcess,
    BotProcess,
    exit_text,
    kill_group,
    send,
    start_process,
)
from deskwatch.server.supervise.process_tree import ProcessTree, TreeUsage
from deskwatch.server.supervise.run_file import RunFile
from deskwatch.server.supervise.state import BotState

TICK_SECONDS: Final = 1.0  # the client sends at most one heartbeat a second
PAUSED_SECONDS: Final = 10.0  # reliability C3: a tick this late means that we slept, not the bot

PASSED_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""What a person or service manager sends to deskwatch and means for the bot."""

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)

_log = logging.getLogger(__name__)

OnEvent = Callable[[EventKind, str, Mapping[str, object]], None]
"""Told the kind, the bot's name and plain values."""


class Supervisor:
    """Runs one bot.

    Args:
        command: Program and arguments, from :func:`resolve_command`.
        settings: The section ``bot``.
        clock: Wall and monotonic time.
        environment: From :func:`bot_environment`.
        output: The file that takes the bot's standard output and error.
        run_file: Names the running process.
        on_event: Told what happens.

    Attributes:
        state: Where the bot stands.
        reason: Why, in words, when it is not simply running.
        pid: Its process, or None.
        started_ms: When it was last started, wall time, or None.
        restarts: How often it was started again.
        usage: What it last used.
    """

    def __init__(
        self,
        command: Sequence[str],
        settings: BotSettings,
        clock: Clock,
        *,
        environment: Mapping[str, str],
        output: Path,
        run_file: Path,
        on_event: OnEvent,
    ) -> None:
        self._command = list(command)
        self._settings = settings
        self._clock = clock
        self._environment = environment
        self._output = output
        self._run_file = RunFile(run_file)
        self._on_event = on_event
        self._series = BotSeries(settings.name)
        self._process: BotProcess | None = None
        self._tree: ProcessTree | None = None
        self._heartbeat: float | None = None
        self._restart_times: deque[float] = deque(maxlen=settings.restart.max_restarts + 1)
        self._stop = asyncio.Event()
        self._stopping: asyncio.Task[None] | None = None
        self._ending_hung: asyncio.Task[None] | None = None
        self.state = BotState.STARTING
        self.reason = ""
        self.pid: int | None = None
        self.started_ms: int | None = None
        self.restarts = 0
        self.usage = TreeUsage()

    async def run(self) -> int:
        """Run the bot until it is stopped, or ends and is not started again.

        Returns:
            What a shell would say: its exit code, 128 and the signal, or 1 when that is not known.

        Raises:
            CommandError: It could not be started, or the bot of that name already runs another command.
        """
        while True:
            process = await self._start_or_adopt()
            self._enter(process)
            exit_code = await self._watch(process)
            self._leave(exit_code)
            if self._stop.is_set():
                self._set(BotState.STOPPED, "stopped by a person")
                return _shell_status(exit_code)
            if not await self._goes_on(process, exit_code):
                return _shell_status(exit_code)

    def heartbeat(self) -> None:
        """Note that the bot's client said it lives."""
        self._heartbeat = self._clock.monotonic()
        self._judge()

    def pass_on(self, signum: int) -> None:
        """Pass a signal on; one that ends programs also ends the supervision, if need be by force."""
        if self._process is not None:
            send(self._process, signum)
        if signum in _ENDING:
            self._begin_stop()

    async def stop(self) -> None:
        """Ask the bot to end, and kill its process group when it has not after ``stop_timeout``."""
        if self._process is not None and not self._stop.is_set():
            send(self._process, signal.SIGTERM)
        self._begin_stop()
        if self._stopping is not None:
            await self._stopping

    async def scrape(self, now_ms: int) -> Scrape:
        """Return deskwatch's own series about the bot: up, CPU, memory, restarts, state."""
        if self._tree is not None:
            self.usage = await asyncio.to_thread(self._tree.sample)
        return self._series.scrape(now_ms, self.state, self.usage, self.restarts)

    async def _start_or_adopt(self) -> BotProcess:
        self._set(BotState.STARTING)
        living = self._run_file.living()
        if living is None:
            return await self._start()
        process, command = living
        if command != self._command:
            raise CommandError(
                f"the bot {self._settings.name!r} already runs as process {process.pid} with another command; "
                f"stop it first, or give this one another name (bot.name)",
                exit_status=1,
            )
        return AdoptedProcess(process, self._clock)

    async def _start(self) -> BotProcess:
        try:
            process = await start_process(self._command, self._environment, self._output)
        except OSError as error:
            raise CommandError(f"{self._command[0]} could not be started: {error.strerror}", exit_status=126) from None
        try:
            self._run_file.write(process.pid, self._command)
        except OSError as error:
            # The bot runs and must be watched all the same; only a take-over will not find it.
            _log.warning("the run file of %s could not be written: %s", self._settings.name, error.strerror)
        return process

    def _enter(self, process: BotProcess) -> None:
        self._process, self.pid = process, process.pid
        self._tree = ProcessTree(process.pid)
        self._heartbeat = None
        self._ending_hung = None
        self.started_ms = self._clock.now_ms()
        self._set(BotState.RUNNING)
        adopted = isinstance(process, AdoptedProcess)
        self._tell(EventKind.BOT_STARTED, pid=process.pid, adopted=adopted, restarts=self.restarts)

    def _leave(self, exit_code: int | None) -> None:
        self._set(BotState.EXITED, exit_text(exit_code))
        self._tell(EventKind.BOT_EXITED, exit_code=exit_code, text=self.reason, pid=self.pid)
        self._run_file.clear()
        self._process, self._tree, self.pid = None, None, None
        self.usage = TreeUsage(cpu_seconds=self.usage.cpu_seconds)

    async def _goes_on(self, process: BotProcess, exit_code: int | None) -> bool:
        now = self._clock.monotonic()
        effective = 1 if self._ending_hung is not None else exit_code
        decision = restart_decision(self._settings.restart, effective, self._restart_times, now)
        match decision.verdict:
            case RestartVerdict.LEAVE:
                return False
            case RestartVerdict.GIVE_UP:
                self._give_up()
                return False
            case RestartVerdict.RESTART:
                return await self._back_off(process, decision)

    def _give_up(self) -> None:
        restart = self._settings.restart
        text = f"{self.reason}; already started again {restart.max_restarts} times within the window, left down"
        self._set(BotState.GAVE_UP, text)
        self._tell(EventKind.BOT_GAVE_UP, text=text, restarts=self.restarts)

    async def _back_off(self, process: BotProcess, decision: RestartDecision) -> bool:
        kill_group(process)  # children that outlived it would trade beside the new ones
        self._set(BotState.BACKOFF, f"{self.reason}; starts again in {decision.delay_seconds:g} s")
        self._tell(EventKind.BOT_RESTARTING, delay_seconds=decision.delay_seconds, text=self.reason)
        if await self._stopped_within(decision.delay_seconds):
            self._set(BotState.STOPPED, "stopped by a person")
            return False
        self._restart_times.append(self._clock.monotonic())
        self.restarts += 1
        return True

    def _begin_stop(self) -> None:
        self._stop.set()
        if self._stopping is None and self._process is not None:
            self._stopping = asyncio.create_task(self._force_end(self._process))

    async def _force_end(self, process: BotProcess) -> None:
        """Wait for the bot to end; kill its group when it has not in time."""
        ended = asyncio.ensure_future(process.wait())
        deadline = asyncio.ensure_future(self._clock.sleep(self._settings.stop_timeout_ms / 1000))
        await asyncio.wait((ended, deadline), return_when=asyncio.FIRST_COMPLETED)
        deadline.cancel()
        kill_group(process)
        await ended

    async def _watch(self, process: BotProcess) -> int | None:
        ticker = asyncio.create_task(self._tick_for_ever())
        try:
            return await process.wait()
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker

    async def _tick_for_ever(self) -> None:
        before = self._clock.monotonic()
        while True:
            await self._clock.sleep(TICK_SECONDS)
            now = self._clock.monotonic()
            if now - before > PAUSED_SECONDS and self._heartbeat is not None:
                self._heartbeat = now
            before = now
            self._judge()

    def _judge(self) -> None:
        if not self.state.is_up:
            return
        timeout_seconds = self._settings.heartbeat_timeout_ms / 1000
        hung = self.state is BotState.HUNG
        match hang_decision(self._heartbeat, self._clock.monotonic(), timeout_seconds, hung=hung):
            case HangVerdict.HUNG:
                self._found_hung(timeout_seconds)
            case HangVerdict.RECOVERED:
                self._set(BotState.RUNNING)
                self._tell(EventKind.BOT_RECOVERED, pid=self.pid)
            case HangVerdict.UNCHANGED:
                pass

    def _found_hung(self, timeout_seconds: float) -> None:
        text = f"no heartbeat for more than {timeout_seconds:g} s"
        self._set(BotState.HUNG, text)
        self._tell(EventKind.BOT_HUNG, text=text, pid=self.pid)
        if self._settings.restart_on_hang and self._process is not None:
            send(self._process, signal.SIGTERM)
            self._ending_hung = asyncio.create_task(self._force_end(self._process))

    async def _stopped_within(self, seconds: float) -> bool:
        stopped = asyncio.ensure_future(self._stop.wait())
        slept = asyncio.ensure_future(self._clock.sleep(seconds))
        await asyncio.wait((stopped, slept), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        slept.cancel()
        return self._stop.is_set()

    def _set(self, state: BotState, reason: str = "") -> None:
        self.state, self.reason = state, reason

    def _tell(self, kind: EventKind, **detail: object) -> None:
        self._on_event(kind, self._settings.name, detail)


def _shell_status(exit_code: int | None) -> int:
    if exit_code is None:
        return 1
    return exit_code if exit_code >= 0 else 128 - exit_code
