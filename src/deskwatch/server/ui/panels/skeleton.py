"""Turn a panel of Grafana's JSON into what the browser draws, without any point.

Way:     catalogue or imported JSON -> [skeleton] -> properties of the panel element -> static/dwpanel.js, which
         fetches ``/api/v1/query_range`` and adds the points. Pure functions: the same panel gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable

from deskwatch.model.duration import parse_duration_ms
from deskwatch.server.ui.panels import gauge, timeseries
from deskwatch.server.ui.panels.fields import Json, field, items, part
from deskwatch.server.ui.panels.limits import not_drawn

# Below one second a desk of people sees no difference, and scrapes are not that frequent.
FINEST_INTERVAL_MS = 1000

_OPTIONS: dict[str, Callable[[Json], Json]] = {"timeseries": timeseries.option, "gauge": gauge.option}


def skeleton(panel: Json) -> Json:
    """Return the ECharts option of the panel without points; empty for a panel that is no chart."""
    draw = _OPTIONS.get(str(panel.get("type")))
    return draw(panel) if draw else {}


def describe(panel: Json) -> Json:
    """Return all that the panel element takes: the skeleton, the queries, how series and numbers are written."""
    options = part(panel, "options")
    return {
        "id": panel.get("id", 0),
        "kind": str(panel.get("type", "")),
        "title": str(panel.get("title", "")),
        "description": str(panel.get("description") or ""),
        "option": skeleton(panel),
        "styles": timeseries.styles(panel),
        "targets": timeseries.targets(panel),
        "field": field(panel),
        "lines": timeseries.threshold_lines(panel),
        "legend": part(options, "legend").get("showLegend") is not False,
        "sort": str(part(options, "tooltip").get("sort", "none")),
        "reduce": str((part(options, "reduceOptions").get("calcs") or ["lastNotNull"])[0]),
        "colorValue": options.get("colorMode", "value") != "none",
        "intervalMs": _interval_ms(panel),
        "notDrawn": not_drawn(panel),
    }


def flatten(dashboard: Json) -> list[Json]:
    """Return the panels of a dashboard from top left to bottom right, those of collapsed rows too."""
    found = []
    for panel in items(dashboard.get("panels")):
        found += items(panel.get("panels")) if panel.get("type") == "row" else [panel]
    return sorted(found, key=lambda panel: (place(panel)["y"], place(panel)["x"]))


def place(panel: Json) -> dict[str, int]:
    """Return where the panel stands in Grafana's grid of 24 columns; 12 by 8 at the top left where not said."""
    return {"x": 0, "y": 0, "w": 12, "h": 8} | {
        key: int(value) for key, value in part(panel, "gridPos").items() if key in "xywh"
    }


def _interval_ms(panel: Json) -> int:
    text = str(panel.get("interval") or "").lstrip(">")
    try:
        return max(FINEST_INTERVAL_MS, parse_duration_ms(text))
    except ValueError:
        return FINEST_INTERVAL_MS
