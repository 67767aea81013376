"""Remember which process is the bot, so that a restarted monitor takes it over and never starts a second.

Two bots on one account trade twice. The file names the process by pid and start time, because the kernel gives
a pid again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

SAME_START_SECONDS: Final = 0.02  # /proc/<pid>/stat counts starts in ticks of 10 ms; man 5 proc_pid_stat


@dataclass(frozen=True, slots=True)
class RunFile:
    """The file that names the running bot.

    Attributes:
        path: Where it is.
    """

    path: Path

    def write(self, pid: int, command: Sequence[str]) -> None:
        """Name the process; it must be alive or just have been.

        Raises:
            OSError: The file cannot be written.
        """
        try:
            started = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        draft.write_text(json.dumps({"pid": pid, "started": started, "command": list(command)}), "utf-8")
        draft.replace(self.path)

    def clear(self) -> None:
        """Name no process."""
        self.path.unlink(missing_ok=True)

    def living(self) -> tuple[psutil.Process, list[str]] | None:
        """Return the process if it still runs, with the command that started it."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, psutil.NoSuchProcess):
            noted = json.loads(self.path.read_text("utf-8"))
            process = psutil.Process(int(noted["pid"]))
            is_same = abs(process.create_time() - float(noted["started"])) < SAME_START_SECONDS
            if is_same and process.status() != psutil.STATUS_ZOMBIE:
                return process, [str(part) for part in noted["command"]]
        return None
