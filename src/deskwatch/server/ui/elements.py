"""The elements of the pages: each is one Vue component in ``static`` that fetches for itself.

Way:     pages -> [elements] -> browser. Properties hold what is drawn and how, never points, log lines or alerts:
         NiceGUI would watch and send every one of them, for every browser, on the event loop of the server.
Source:  https://nicegui.io/documentation/element (custom components)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nicegui.dependencies import register_esm
from nicegui.element import Element
from nicegui.elements import echart

STATIC = Path(__file__).parent / "static"


def _share_modules() -> None:
    """Make ``static/lib`` importable in the browser as ``deskwatch/...``; its address changes when a file does."""
    newest = max(path.stat().st_mtime for path in (STATIC / "lib").iterdir())
    register_esm("deskwatch", STATIC / "lib", max_time=newest)


_share_modules()
# Importing NiceGUI's chart package is what puts the module "nicegui-echart" on the page.
ECHARTS_PACKAGE = echart.__name__


class _Live(Element):
    """An element with properties that are set once."""

    def __init__(self, **properties: object) -> None:
        super().__init__()
        self._props.update(properties)


class DwBar(_Live, component="static/dwbar.js"):
    """The bar at the top: bots, time range, clock, and whether the server answers.

    Args:
        properties: ``title``; ``bot``, empty on the desk.
    """


class DwDesk(_Live, component="static/dwdesk.js"):
    """The state and the big numbers of each bot.

    Args:
        properties: ``bot``, to show only that one.
    """


class DwPanel(_Live, component="static/dwpanel.js"):
    """A chart, number or gauge.

    Args:
        properties: ``panel`` as :func:`panels.describe` gives it; ``bot``, empty for the only one there is;
            ``scrape``, milliseconds between two samples.
    """


class DwAlerts(_Live, component="static/dwalerts.js"):
    """The alerts with their state, value against limit, and since when; takes ``title`` and ``bot``."""


class DwLogs(_Live, component="static/dwlogs.js"):
    """The newest log lines, followed; takes ``title`` and ``bot``."""


class DwEvents(_Live, component="static/dwevents.js"):
    """What happened, newest first; takes ``title`` and ``bot``."""


BY_TYPE: Mapping[str, type[_Live]] = {"alertlist": DwAlerts, "logs": DwLogs, "annolist": DwEvents}


def panel_element(described: Mapping[str, Any], *, bot: str, scrape_interval_ms: int) -> Element:
    """Create the element that draws a described panel."""
    kind = BY_TYPE.get(described["kind"])
    if kind is not None:
        return kind(title=described["title"], bot=bot)
    return DwPanel(panel=dict(described), bot=bot, scrape=scrape_interval_ms)
