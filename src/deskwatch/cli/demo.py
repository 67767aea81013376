"""``deskwatch demo``: a real strategy on real prices, watched, paged and stopped."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deskwatch.demo.phone import phone
from deskwatch.demo.session import SPEED, prepare
from deskwatch.demo.story import STEPS
from deskwatch.errors import ConfigError

DEFAULT_LISTEN = "127.0.0.1:9990"


def demo(
    *,
    speed: Annotated[float, Parameter(help="Market seconds a second.")] = SPEED,
    headless: Annotated[bool, Parameter(negative="", help="No browser, as fast as the machine allows.")] = False,
    json: Annotated[bool, Parameter(negative="", help="One JSON line an event.")] = False,
    until: Annotated[str | None, Parameter(help="Stop after a step of the story, such as `resolved`.")] = None,
    listen: Annotated[str | None, Parameter(help=f"Address and port of the page (default: {DEFAULT_LISTEN}).")] = None,
    keep: Annotated[Path | None, Parameter(help="Keep settings, data and logs in this folder.")] = None,
    timeout_seconds: Annotated[float, Parameter(help="Give up after this time when `--until` is given.")] = 300.0,
) -> int:
    """Run a momentum bot over the real BTC prices of January 2022, and watch it lose.

    A warning goes out at 8 % drawdown, a page at 10 %, the guard in the bot halts it at 15 %, its position is closed
    and verified to be flat, the alert resolves. The drawdown comes from the prices; nothing is scripted.

    Example: `deskwatch demo --headless --json --until resolved` exits 0 only if all of it happened, in order.
    """
    from deskwatch.cli.serving import serve
    from deskwatch.cli.telling import Telling, show_page
    from deskwatch.config import load

    names = [step.name for step in STEPS]
    if until is not None and until not in names:
        raise ConfigError(f"must be one of {', '.join(names)}, was {until!r}", key="--until")
    if speed <= 0:
        raise ConfigError(f"must be more than zero, was {speed}", key="--speed")
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskwatch-demo-")))
        url = stack.enter_context(phone(lambda text: None if json else show_page(text)))
        address = listen or ("127.0.0.1:0" if headless else DEFAULT_LISTEN)
        session = prepare(folder, listen=address, phone_url=url, speed=speed, headless=headless)
        telling = Telling(json=json, until=until, timeout_seconds=timeout_seconds)
        exit_code = serve(
            load(session.settings_file),
            session.command,
            on_event=telling.on_event,
            on_ready=lambda monitor: telling.begin(monitor, open_browser=not headless and not json),
            quiet=True,
        )
    return telling.verdict(exit_code)
