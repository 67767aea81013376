"""``deskwatch guard``: show a bot's latch, and open it when a person says so."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deskwatch.errors import ConfigError

Config = Annotated[Path | None, Parameter(help="Settings (default: ./deskwatch.yaml if it is there).")]
Bot = Annotated[str | None, Parameter(help="The bot (default: the one of the settings).")]

EXIT_LATCHED = 1


def status(
    *,
    bot: Bot = None,
    config: Config = None,
    json: Annotated[bool, Parameter(negative="", help="One JSON object a guard.")] = False,
) -> int:
    """Show what each guard of a bot lets pass. The exit code is 1 when one of them is latched.

    Example: `deskwatch guard status --bot alpha`
    """
    from rich.table import Table

    from deskwatch.cli.given import console
    from deskwatch.client.guard import GuardState, latch

    latches = {path.stem.removeprefix("guard-"): latch.read(path) for path in _latches(config, bot)}
    if json:
        for name, found in latches.items():
            print(json_module.dumps({"guard": name, **asdict(found), "state": found.state.name}))
    else:
        table = Table("guard", "state", "epoch", "limit", "why", box=None, header_style="dim")
        for name, found in latches.items():
            table.add_row(name, found.state.name, str(found.epoch), found.limit, found.reason)
        console.print(table if latches else "no guard of this bot has ever tripped")
    return EXIT_LATCHED if any(found.state is not GuardState.ACTIVE for found in latches.values()) else 0


def reset(
    *,
    reason: Annotated[str, Parameter(help="Why it may trade again; kept in the latch.")],
    bot: Bot = None,
    guard: Annotated[str | None, Parameter(help="Which guard (default: all of the bot).")] = None,
    config: Config = None,
    yes: Annotated[bool, Parameter(negative="", help="Do not ask for the bot's name once more.")] = False,
) -> None:
    """Open the latch of a bot with a new epoch; nothing else ever does.

    It takes effect when the bot is started the next time. Stopping is one step, resuming is two: the command asks for
    the bot's name.

    Example: `deskwatch guard reset --bot alpha --reason "size halved after review"`
    """
    from deskwatch.cli.given import console, settings_from
    from deskwatch.client.guard import latch
    from deskwatch.model import SystemClock

    name = settings_from(config, name=bot).bot.name
    found = [path for path in _latches(config, bot) if guard is None or path.stem == f"guard-{guard}"]
    if not found:
        raise ConfigError(f"the bot {name!r} has no latch to open", key="--bot")
    if not yes:
        typed = console.input(f"Type the bot's name, [bold]{name}[/bold], to let it trade again: ")
        if typed.strip() != name:
            raise ConfigError(f"must be {name!r}, was {typed!r}; nothing was changed", key="name")
    for path in found:
        opened = latch.reset(path, reason, SystemClock().now_ms())
        console.print(f"{path.stem.removeprefix('guard-')}: {opened.state.name}, epoch {opened.epoch}")


def _latches(config: Path | None, bot: str | None) -> list[Path]:
    from deskwatch.cli.given import settings_from

    settings = settings_from(config, name=bot)
    # A latch of which only the copy is left is still a latch, and reads as halted.
    found = {path.name.removesuffix(".copy") for path in settings.bot_state_dir.glob("guard-*.json*")}
    return sorted(settings.bot_state_dir / name for name in found if name.endswith(".json"))
