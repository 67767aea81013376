"""Tell the demo's story while it happens, and judge it at the end."""

from __future__ import annotations

import asyncio
import json as json_module
import os
import sys
import threading
import webbrowser

from rich.panel import Panel

from deskwatch.cli.given import console
from deskwatch.demo.story import STEPS, Story
from deskwatch.model import Event
from deskwatch.server.api.desk import event_json
from deskwatch.server.wiring import Monitor


class Telling:
    """Tells the story in words or as JSON lines.

    Args:
        json: One JSON line an event.
        until: The step at which to stop; None to go on.
        timeout_seconds: When to give up waiting for that step.
    """

    def __init__(self, *, json: bool, until: str | None, timeout_seconds: float) -> None:
        self._json = json
        self._until = until
        self._timeout_seconds = timeout_seconds
        self._story = Story()
        self._monitor: Monitor | None = None

    def begin(self, monitor: Monitor, *, open_browser: bool) -> None:
        """Say where the page is, and open it."""
        self._monitor = monitor
        if self._until is not None:
            asyncio.get_running_loop().call_later(self._timeout_seconds, monitor.request_stop, 1)
        if not self._json:
            console.print(f"The desk is at [bold]{monitor.url}[/bold]  ·  Ctrl-C stops")
        if open_browser and _has_screen():
            threading.Thread(target=webbrowser.open, args=(monitor.url,), daemon=True).start()

    def on_event(self, event: Event) -> None:
        """Tell an event, and stop when it is the one that was waited for."""
        step = self._story.tell(event)
        if self._json:
            print(json_module.dumps({"step": step, **event_json(event)}), flush=True)
        elif step is not None:
            console.print(f"[bold]{step.replace('_', ' ')}[/bold]  {event.subject}")
            if self._story.in_order and self._until is None:
                console.print("That is the whole story. The bot runs on without a position; Ctrl-C stops.")
        if self._monitor is not None and self._until is not None and step == self._until:
            self._monitor.request_stop(0)

    def verdict(self, exit_code: int) -> int:
        """Return 0 only if every step up to the one that was waited for was told, in order."""
        if self._until is None:
            return exit_code
        wanted = [step.name for step in STEPS]
        wanted = wanted[: wanted.index(self._until) + 1]
        if self._story.told[: len(wanted)] == wanted:
            return 0
        console.print(f"told: {', '.join(self._story.told) or 'nothing'}; wanted: {', '.join(wanted)}", style="red")
        return 1


def _has_screen() -> bool:
    # Without one a text browser would open in this very terminal; the address is printed in any case.
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def show_page(text: str) -> None:
    """Show a page as the phone would."""
    console.print(Panel(text, title="your phone", border_style="red", width=min(console.width, 72)))
