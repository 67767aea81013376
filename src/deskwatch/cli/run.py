"""``deskwatch run -- COMMAND``: start a bot and watch it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deskwatch.errors import ConfigError


def run(
    *command: Annotated[str, Parameter(help="The bot and its arguments, behind `--`.")],
    config: Annotated[Path | None, Parameter(help="Settings (default: ./deskwatch.yaml if it is there).")] = None,
    name: Annotated[str | None, Parameter(help="The bot's name.")] = None,
    listen: Annotated[str | None, Parameter(help="Address and port of the page.")] = None,
) -> int:
    """Start a bot, watch it, and show it at http://127.0.0.1:9990.

    Signals are passed on; the exit code is the bot's own. After a crash it is started again with backoff. When it
    stays down, deskwatch stays up, so that the page about it is answered.

    Example: `deskwatch run --name alpha -- python my_bot.py --live`
    """
    from deskwatch.cli.given import settings_from
    from deskwatch.cli.serving import serve
    from deskwatch.server.supervise import resolve_command

    if not command:
        raise ConfigError("needs a command, as in: deskwatch run -- python my_bot.py")
    settings = settings_from(config, listen, name)
    return serve(settings, resolve_command(command, os.environ.get("PATH"), Path.cwd()))
