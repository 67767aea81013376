"""Turn a time series panel of Grafana into an ECharts option without points, and a style a series.

Way:     Grafana JSON -> [timeseries] -> property of the panel -> static/dwpanel.js adds the points.
Source:  https://echarts.apache.org/en/option.html, https://grafana.com/docs/grafana/latest/panels-visualizations/
"""

from __future__ import annotations

from deskwatch.server.ui.panels.fields import Json, defaults, items, overrides, panel_unit, part, thresholds
from deskwatch.server.ui.panels.theme import FONT, SERIES, color, dash_type

GRID_LINE = "#1f2835"
AXIS_TEXT = "#93a0b4"
CROSSHAIR = "#5b6b82"

# ECharts names the point at which the line turns, Grafana whether the value holds after its point.
_STEPS = {"stepBefore": "start", "stepAfter": "end"}
_BARS = "bars"


def option(panel: Json) -> Json:
    """Return the ECharts option of the panel: axes, grid, tooltip, thresholds; ``series`` holds no point."""
    return {
        "animation": False,
        "color": list(SERIES),
        "textStyle": {"fontFamily": FONT},
        "grid": {"left": 8, "right": 28, "top": 14, "bottom": 4, "containLabel": True},
        "xAxis": _time_axis(),
        "yAxis": _value_axis(panel),
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "axisPointer": {"type": "line", "lineStyle": {"color": CROSSHAIR}, "snap": False},
        },
        "series": _threshold_series(panel),
    }


def styles(panel: Json) -> Json:
    """Return ``{"base", "overrides"}``: how every series is drawn, and what overrides change for some."""
    given = part(defaults(panel), "custom")
    mode = part(defaults(panel), "color")
    base = _style(given | {"stacking": part(given, "stacking")})
    if mode.get("mode") == "fixed":
        base["color"] = color(str(mode.get("fixedColor", "blue")))
    return {"base": base, "overrides": [_override(item) for item in overrides(panel)]}


def stacked(panel: Json) -> bool:
    """Say whether series stand on top of each other."""
    return part(defaults(panel), "custom", "stacking").get("mode") == "normal"


def threshold_lines(panel: Json) -> list[Json]:
    """Return the steps with a value as ``{"value", "color", "dashed"}`` when the panel draws lines."""
    mode = _threshold_mode(panel)
    if "line" not in mode and "dashed" not in mode:
        return []
    return [step | {"dashed": "dashed" in mode} for step in thresholds(panel) if step["value"] is not None]


def _time_axis() -> Json:
    return {
        "type": "time",
        "axisLine": {"lineStyle": {"color": GRID_LINE}},
        "axisTick": {"show": False},
        "axisLabel": {"color": AXIS_TEXT, "fontSize": 11, "hideOverlap": True},
        "splitLine": {"show": False},
    }


def _value_axis(panel: Json) -> Json:
    given = defaults(panel)
    custom = part(given, "custom")
    bounds = {"min": given.get("min"), "max": given.get("max")}
    return {
        "type": "value",
        # Like Grafana, an axis without limits fits the data; a zero line is drawn only where it belongs.
        "scale": given.get("min") is None,
        "position": "right" if custom.get("axisPlacement") == "right" else "left",
        "show": custom.get("axisPlacement") != "hidden",
        "splitNumber": 4,
        "minInterval": 1 / panel_unit(panel).scale if given.get("decimals") == 0 else 0,
        "axisLabel": {"color": AXIS_TEXT, "fontSize": 11},
        "splitLine": {"lineStyle": {"color": GRID_LINE}},
        **{key: value for key, value in bounds.items() if value is not None},
    }


def _threshold_mode(panel: Json) -> str:
    return str(part(defaults(panel), "custom", "thresholdsStyle").get("mode", "off"))


def _threshold_series(panel: Json) -> list[Json]:
    if "area" not in _threshold_mode(panel):
        return []
    return [{"id": "thresholds", "type": "line", "data": [], "silent": True, "markArea": _areas(panel)}]


def _areas(panel: Json) -> Json:
    steps = thresholds(panel)
    above = [step["value"] for step in steps[1:]] + [None]
    bands = [
        [
            {"yAxis": _edge(step["value"], "min"), "itemStyle": {"color": step["color"], "opacity": 0.08}},
            {"yAxis": _edge(end, "max")},
        ]
        for step, end in zip(steps, above, strict=True)
        if step["color"] != "transparent"
    ]
    return {"silent": True, "data": bands}


def _edge(value: object, open_end: str) -> object:
    return open_end if value is None else value


def _style(custom: Json) -> Json:
    """Return the drawing of one series; only keys that ``custom`` names, so that overrides change no other."""
    bars = custom.get("drawStyle") == _BARS
    style: Json = {"type": "bar" if bars else "line"} if "drawStyle" in custom else {}
    if "lineWidth" in custom:
        style["width"] = custom["lineWidth"]
    if "lineStyle" in custom:
        style["dash"] = dash_type(part(custom, "lineStyle"))
    if "fillOpacity" in custom:
        style["fill"] = custom["fillOpacity"] / 100
    if "lineInterpolation" in custom:
        style["step"] = _STEPS.get(custom["lineInterpolation"], False)
        style["smooth"] = custom["lineInterpolation"] == "smooth"
    if "showPoints" in custom or "drawStyle" in custom:
        style["points"] = custom.get("showPoints") == "always" or custom.get("drawStyle") == "points"
    if "spanNulls" in custom:
        style["connect"] = custom["spanNulls"] is True
    if part(custom, "stacking").get("mode") == "normal":
        style["stack"] = str(part(custom, "stacking").get("group") or "A")
    if custom.get("drawStyle") == "points":
        style["width"] = 0
    return style


def _override(override: Json) -> Json:
    properties = override["properties"]
    custom = {key.removeprefix("custom."): value for key, value in properties.items() if "custom." in key}
    style = _style(custom)
    fixed = part(properties.get("color"))
    if fixed.get("mode") == "fixed":
        style["color"] = color(str(fixed.get("fixedColor", "blue")))
    if "displayName" in properties:
        style["name"] = str(properties["displayName"])
    if part(custom, "hideFrom").get("viz"):
        style["hidden"] = True
    return {"by": override["by"], "match": override["match"], "style": style}


def targets(panel: Json) -> list[Json]:
    """Return the queries of a panel that are not hidden: ``{"ref", "expr", "legend"}``."""
    return [
        {
            "ref": str(target.get("refId", "A")),
            "expr": str(target.get("expr", "")),
            "legend": str(target.get("legendFormat") or ""),
        }
        for target in items(panel.get("targets"))
        if target.get("expr") and not target.get("hide")
    ]
