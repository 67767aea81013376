"""Put the pages on the server's FastAPI application.

Way:     wiring -> [mount]; the pages then read through the HTTP API of the same application.
"""

from __future__ import annotations

from fastapi import FastAPI
from nicegui import ui

from deskwatch.server.ui.pages import Shell

# A browser that was away for less keeps its page; after that it loads anew, which costs half a second.
RECONNECT_TIMEOUT_SECONDS = 10.0

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#121a26"/>'
    '<path d="M5 20l6-7 5 4 6-9 5 6" fill="none" stroke="#56b4e9" stroke-width="3" stroke-linejoin="round"'
    ' stroke-linecap="round"/><path d="M5 26h22" stroke="#ff5d5d" stroke-width="2" stroke-dasharray="4 3"/></svg>'
)


def mount(app: FastAPI, *, title: str = "deskwatch", scrape_interval_ms: int = 5000) -> None:
    """Add the pages ``/`` and ``/bot/<name>`` to the application.

    Call it once in a process and last: the pages take every path that no earlier route answers. The lifespan of
    ``app`` is wrapped, so the application must be served by a server that runs it.

    Args:
        app: The application with the routes of the HTTP API.
        title: Stands in the bar and in the tab.
        scrape_interval_ms: The usual time between two samples of a bot.
    """
    shell = Shell(title=title, scrape_interval_ms=scrape_interval_ms)
    ui.page("/", title=title)(shell.desk)
    ui.page("/bot/{name:path}", title=title)(shell.bot)
    ui.run_with(
        app,
        title=title,
        dark=True,
        favicon=FAVICON,
        tailwind=False,
        reconnect_timeout=RECONNECT_TIMEOUT_SECONDS,
        binding_refresh_interval=None,
        message_history_length=0,
        show_welcome_message=False,
    )
