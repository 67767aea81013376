"""Find the program of a command before anything starts, and make its environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from deskwatch.errors import CommandError

NOT_FOUND: Final = 127  # pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
NOT_EXECUTABLE: Final = 126


def resolve_command(command: Sequence[str], search_path: str | None, folder: Path) -> list[str]:
    """Return the command with its program as a path that can be executed.

    Args:
        command: Program and arguments.
        search_path: The variable PATH.
        folder: Where a relative program is looked for.

    Raises:
        CommandError: There is no such program (127), or it may not be executed (126).
    """
    if not command:
        raise CommandError("is missing; say it behind --, as in: deskwatch run -- python bot.py", exit_status=NOT_FOUND)
    program = command[0]
    if "/" not in program:
        found = shutil.which(program, path=search_path)
        if found is None:
            raise CommandError(f"there is no program {program!r} in PATH", exit_status=NOT_FOUND)
        return [found, *command[1:]]
    path = folder / program
    if not path.exists():
        raise CommandError(f"there is no file {path}", exit_status=NOT_FOUND)
    if path.is_dir() or not os.access(path, os.X_OK):
        raise CommandError(
            f"{path} may not be executed; chmod +x it, or name its interpreter", exit_status=NOT_EXECUTABLE
        )
    return [str(path), *command[1:]]


def bot_environment(
    inherited: Mapping[str, str], *, bot: str, url: str, token: str, state_dir: Path, extra: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of the bot: what deskwatch has, what its client needs, and what the user set.

    Args:
        inherited: The environment of deskwatch.
        bot: The bot's name.
        url: Where the client sends its records.
        token: What it shows there.
        state_dir: Where the guard keeps its latch.
        extra: ``bot.env`` of the settings; wins.
    """
    return {
        # Output goes to a file, and Python would hold the last 8 KiB back from whoever watches.
        "PYTHONUNBUFFERED": "1",
        **inherited,
        "DESKWATCH_BOT": bot,
        "DESKWATCH_URL": url,
        "DESKWATCH_TOKEN": token,
        "DESKWATCH_STATE_DIR": str(state_dir),
        **extra,
    }
