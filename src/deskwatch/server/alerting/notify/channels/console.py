"""Messages on the terminal in which deskwatch runs.

Failures: a terminal that is held (Ctrl-S) or a pipe that nobody reads is TIMEOUT; one that is gone is NETWORK.
Threads:  writing may block for ever, so each message is written in a thread that does not hold up the exit.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Final

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.server.alerting.notify.message import Message
from deskwatch.server.alerting.notify.notifier import Attempt, Receipt

# Colours of the severities; the word always stands beside the colour.
_STYLES: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


class ConsoleNotifier:
    """Writes messages to standard error.

    Args:
        name: The channel's name.
        console: Where to write.
    """

    kind: Final = "console"
    has_dedup_key: Final = False

    def __init__(self, name: str, console: Console | None = None) -> None:
        self.name = name
        self._console = console or Console(stderr=True)
        self._writing = False

    async def send(self, message: Message, attempt: Attempt) -> Receipt:  # noqa: ARG002 (every channel has it)
        """Write the message.

        Raises:
            DeliveryError: The terminal takes nothing.
        """
        if self._writing:
            raise DeliveryError(
                f"channel {self.name}: the terminal still holds up an earlier message",
                reason=DeliveryReason.TIMEOUT,
                retryable=True,
            )
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._writing = True
        threading.Thread(target=self._write, args=(message, loop, written), daemon=True).start()
        await written
        return Receipt()

    async def close(self) -> None:
        """Leave the terminal as it is."""

    def _write(self, message: Message, loop: asyncio.AbstractEventLoop, written: asyncio.Future[None]) -> None:
        error: DeliveryError | None = None
        try:
            self._console.print(panel(message))
        except (OSError, ValueError) as gone:  # ValueError: the file is closed
            text = f"channel {self.name}: the terminal cannot be written: {gone}"
            error = DeliveryError(text, reason=DeliveryReason.NETWORK, retryable=True)
        self._writing = False
        if not loop.is_closed():
            loop.call_soon_threadsafe(_finish, written, error)


def panel(message: Message) -> Panel:
    """Return the message as a box; text from outside is never read as markup."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold")
    rows.add_column(overflow="fold")
    for section in message.sections:
        rows.add_row(Text(section.label), Text("\n".join(section.lines)))
    style = "green" if message.status == "resolved" else _STYLES.get(message.severity, "white")
    return Panel(Group(rows), title=Text(message.title), title_align="left", border_style=style)


def _finish(written: asyncio.Future[None], error: DeliveryError | None) -> None:
    if written.done():
        return
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(error)
