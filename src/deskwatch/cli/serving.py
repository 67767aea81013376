"""Run the monitor in the foreground until its bot has ended or somebody says stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from rich.logging import RichHandler

from deskwatch.cli.given import console
from deskwatch.config import Settings
from deskwatch.model import Event
from deskwatch.server.api.serving import bind
from deskwatch.server.wiring import Monitor


def serve(
    settings: Settings,
    command: Sequence[str] = (),
    *,
    on_event: Callable[[Event], None] | None = None,
    on_ready: Callable[[Monitor], None] | None = None,
    quiet: bool = False,
) -> int:
    """Run the monitor; return the exit code of the program.

    Args:
        settings: What to run.
        command: The bot, empty for none.
        on_event: Told every event of the journal.
        on_ready: Told when the page answers.
        quiet: Whether to say nothing but warnings.
    """
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=console, show_path=False, markup=False)],
    )
    # Libraries tell a person nothing below a warning.
    logging.getLogger("deskwatch").setLevel(logging.WARNING if quiet else logging.INFO)
    monitor = Monitor(settings, command)
    if on_event is not None:
        monitor.subscribe(on_event)
    return asyncio.run(_run(monitor, on_ready or _announce))


async def _run(monitor: Monitor, on_ready: Callable[[Monitor], None]) -> int:
    loop = asyncio.get_running_loop()
    with bind(monitor.settings.listen) as sock:
        # Before anything starts: from here on a signal ends the bot by its own handler, never the monitor alone.
        for signum in monitor.signals:
            loop.add_signal_handler(signum, monitor.on_signal, signum)
        await monitor.start(sock)
        try:
            on_ready(monitor)
            return await monitor.wait()
        finally:
            await monitor.stop()


def _announce(monitor: Monitor) -> None:
    bot = f"  ·  bot {monitor.settings.bot.name}" if monitor.has_bot else ""
    console.print(f"deskwatch on [bold]{monitor.url}[/bold]{bot}  ·  Ctrl-C stops", highlight=False)
