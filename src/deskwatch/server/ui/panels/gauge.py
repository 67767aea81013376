"""Turn a gauge panel of Grafana into an ECharts option without its value.

Source:  https://echarts.apache.org/en/option.html#series-gauge
"""

from __future__ import annotations

from typing import Any

from deskwatch.server.ui.panels.fields import Json, defaults, panel_unit, thresholds
from deskwatch.server.ui.panels.theme import FONT

TRACK = "#243042"


def option(panel: Json) -> Json:
    """Return the arc with its limits and the colours of its thresholds; the browser adds the value."""
    low, high = bounds(panel)
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT},
        "series": [
            {
                "type": "gauge",
                "min": low,
                "max": high,
                "startAngle": 200,
                "endAngle": -20,
                "radius": "100%",
                "center": ["50%", "68%"],
                "axisLine": {"lineStyle": {"width": 14, "color": _arc(panel, low, high)}},
                "axisTick": {"show": False},
                "splitLine": {"show": False},
                "axisLabel": {"show": False},
                "pointer": {"width": 4, "length": "70%"},
                "detail": {"fontSize": 22, "color": "#e6ebf2", "offsetCenter": [0, "30%"]},
                "data": [],
            }
        ],
    }


def bounds(panel: Json) -> tuple[float, float]:
    """Return the ends of the scale; without a maximum it is 100 as shown, so 1 for ratios written in percent."""
    given = defaults(panel)
    low, high = given.get("min"), given.get("max")
    full = 100 / panel_unit(panel).scale if panel_unit(panel).suffix == " %" else 100
    return (0 if low is None else low), (full if high is None else high)


def _arc(panel: Json, low: float, high: float) -> list[list[Any]]:
    """Return ECharts's colour stops: each colour with the share of the arc at which it ends."""
    steps = thresholds(panel) or [{"value": None, "color": TRACK}]
    ends = [step["value"] for step in steps[1:]] + [high]
    span = (high - low) or 1
    return [[min(1.0, max(0.0, (end - low) / span)), step["color"]] for step, end in zip(steps, ends, strict=True)]
