"""The bot's process: started in a session of its own, its output going to a file.

Source:  docs/decisions/0002-bot-output.md says why a file and no pipe: the bot outlives the monitor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import psutil

from deskwatch.model import Clock

POLL_SECONDS: Final = 0.5  # of a process that is not our child, for which nobody calls us


class BotProcess(Protocol):
    """A process that is watched."""

    pid: int

    async def wait(self) -> int | None:
        """Return its exit code, negative for a signal, None when it cannot be known."""

    def is_alive(self) -> bool:
        """Say whether it still runs."""


class ChildProcess:
    """A process that this one started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def wait(self) -> int | None:
        """Return its exit code, negative for a signal."""
        return await self._process.wait()

    def is_alive(self) -> bool:
        """Say whether it still runs."""
        return self._process.returncode is None


class AdoptedProcess:
    """A process that an earlier monitor started and that has outlived it.

    Args:
        process: The process.
        clock: What the wait sleeps on.
    """

    def __init__(self, process: psutil.Process, clock: Clock) -> None:
        self._process = process
        self._clock = clock
        self.pid = process.pid

    async def wait(self) -> int | None:
        """Return None once it has gone: only its parent learns the exit code."""
        while self.is_alive():
            await self._clock.sleep(POLL_SECONDS)
        return None

    def is_alive(self) -> bool:
        """Say whether it still runs; a zombie does not."""
        try:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


async def start_process(command: Sequence[str], environment: Mapping[str, str], output: Path) -> ChildProcess:
    """Start the bot.

    It gets a session of its own, so that a Ctrl-C or the end of the terminal reaches it only through us, and
    the file of its output itself, so that it needs nobody to read a pipe.

    Raises:
        OSError: It cannot be started, or the file cannot be opened.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=dict(environment),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return ChildProcess(process)


def send(process: BotProcess, signum: int) -> None:
    """Send a signal to the bot itself; its children are its own affair."""
    if process.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signum)


def kill_group(process: BotProcess) -> None:
    """Kill the bot and whatever it left in its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def exit_text(exit_code: int | None) -> str:
    """Return in words how a process ended."""
    if exit_code is None:
        return "ended, its exit code is not known"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"
