"""``deskwatch guard halt`` and ``guard reduce``: tighten the guards of a bot that runs."""

from __future__ import annotations

import getpass
import json as json_module
import time
from typing import Annotated, Any, Final
from urllib.parse import quote

from cyclopts import Parameter

from deskwatch.cli.guard import Bot, Config

EXIT_NOT_YET: Final = 1
POLL_SECONDS: Final = 0.05

Reason = Annotated[str, Parameter(help="Why; kept in the latch.")]
Strategy = Annotated[str | None, Parameter(help="Which strategy's guard (default: each of the bot).")]
Url = Annotated[str | None, Parameter(help="Where deskwatch is (default: as in the settings).")]
Wait = Annotated[float, Parameter(help="Seconds to wait for the bot to obey.")]
Json = Annotated[bool, Parameter(negative="", help="One JSON object a guard.")]


def halt(
    *,
    reason: Reason,
    bot: Bot = None,
    strategy: Strategy = None,
    url: Url = None,
    wait: Wait = 5.0,
    config: Config = None,
    json: Json = False,
) -> int:
    """Halt the guards of a bot: from now on only cancels go out, and the bot's own `on_trip` closes what is open.

    The command is on the server's disk before this says so, and in the bot's latch once it has obeyed; that takes a
    second. A bot that does not run obeys when it starts. The exit code is 0 when every guard has obeyed, and 1 when one
    has not yet. Only `deskwatch guard reset` opens a guard again.

    Example: `deskwatch guard halt --bot alpha --reason "the exchange is down"`
    """
    return _tighten("HALTED", reason, bot=bot, strategy=strategy, url=url, wait=wait, config=config, json=json)


def reduce(
    *,
    reason: Reason,
    bot: Bot = None,
    strategy: Strategy = None,
    url: Url = None,
    wait: Wait = 5.0,
    config: Config = None,
    json: Json = False,
) -> int:
    """Let the guards of a bot pass exits and cancels only; otherwise as `deskwatch guard halt`.

    Example: `deskwatch guard reduce --bot alpha --strategy momentum --reason "the news at two"`
    """
    return _tighten("REDUCING", reason, bot=bot, strategy=strategy, url=url, wait=wait, config=config, json=json)


def _tighten(
    state: str,
    reason: str,
    *,
    bot: str | None,
    strategy: str | None,
    url: str | None,
    wait: float,
    config: Config,
    json: bool,
) -> int:
    from deskwatch.cli.asking import Running
    from deskwatch.cli.given import settings_from

    settings = settings_from(config, name=bot)
    running, path = Running(settings, url), f"/api/bots/{quote(settings.bot.name, safe='')}/guard"
    body: dict[str, object] = {"state": state, "reason": reason, "strategy": strategy, "by": _who()}
    wanted = {one["nonce"]: one for one in running.post(path, body)["commands"]}
    ends = time.monotonic() + wait
    while any(one["result"] is None for one in wanted.values()) and time.monotonic() < ends:
        time.sleep(POLL_SECONDS)
        wanted |= {one["nonce"]: one for one in running.get(path)["commands"] if one["nonce"] in wanted}
    for one in wanted.values():
        _show(one, json=json)
    return 0 if all(one["result"] == "obeyed" for one in wanted.values()) else EXIT_NOT_YET


def _show(command: dict[str, Any], *, json: bool) -> None:
    from deskwatch.cli.given import console

    if json:
        print(json_module.dumps(command))
        return
    told = {"obeyed": f"{command['state']}, latched", None: "kept; the bot has not obeyed yet, and will be told again"}
    result = command["result"]
    refused = f"refused: {str(result).replace('_', ' ')}"
    console.print(f"{command['strategy']}: {told.get(result, refused)}")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "a person"
