"""The pages: the desk with all bots, and one page a bot.

Way:     [pages] builds the shell once for a browser; everything that moves is fetched by the elements from the
         HTTP API, which anybody can ask the same. Nothing here changes anything: pages have no event handlers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element

from deskwatch.catalog.files import dashboard_text
from deskwatch.server.ui.elements import STATIC, DwAlerts, DwBar, DwDesk, DwEvents, DwLogs, panel_element
from deskwatch.server.ui.panels import describe, flatten, place

TRADING = "bot"  # the dashboard of a bot that uses our client
PROCESS = "process"  # and of one of which only the process is known


@dataclass(frozen=True, slots=True)
class Shell:
    """What all pages share.

    The server does not know which part of a page fits: that depends on the bots that there are, and these change.
    A page carries all parts, the browser shows the one that fits, and only that one asks for data.

    Attributes:
        title: Stands in the bar and in the tab.
        scrape_interval_ms: The usual time between two samples; ``$__rate_interval`` follows from it.
    """

    title: str
    scrape_interval_ms: int

    def desk(self) -> None:
        """Build the page of all bots; with only one bot it shows that one whole."""
        self._bot_parts(bot="")
        with _part("section", "dw-part-many"), _grid():
            _placed(DwAlerts(title="Alerts", bot=""), {"x": 0, "y": 0, "w": 14, "h": 8})
            _placed(DwEvents(title="What happened", bot=""), {"x": 14, "y": 0, "w": 10, "h": 8})
            _placed(DwLogs(title="Log of all bots", bot=""), {"x": 0, "y": 8, "w": 24, "h": 10})

    def bot(self, name: str) -> None:
        """Build the page of one bot."""
        ui.page_title(f"{name} · {self.title}")
        self._bot_parts(bot=name)

    def _bot_parts(self, *, bot: str) -> None:
        ui.add_css(STATIC / "desk.css")
        DwBar(title=self.title, bot=bot)
        DwDesk(bot=bot)
        for name in (TRADING, PROCESS):
            with _part("section", f"dw-part-{name}"), _grid():
                self._panels(_dashboard(name), bot=bot)

    def _panels(self, dashboard: dict[str, Any], *, bot: str) -> None:
        for panel in flatten(dashboard):
            element = panel_element(describe(panel), bot=bot, scrape_interval_ms=self.scrape_interval_ms)
            _placed(element, place(panel))


def _dashboard(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(dashboard_text(name))
    return loaded


def _part(tag: str, classes: str) -> Element:
    return ui.element(tag).classes(classes)


def _grid() -> Element:
    return _part("div", "dw-grid")


def _placed(element: Element, where: dict[str, int]) -> Element:
    """Place an element in the grid; the style sheet drops the places on small screens."""
    columns = f"--x: {where['x'] + 1}; --w: {where['w']}"
    rows = f"--y: {where['y'] + 1}; --h: {where['h']}"
    return element.classes(f"dw-cell {_width(where['w'])}").style(f"{columns}; {rows}")


def _width(columns: int) -> str:
    return "dw-wide" if columns > 12 else "dw-small" if columns <= 4 else "dw-half"
