from __future__ import annotations

from typing import Any

import pytest

from deskwatch.server.ui.panels.gauge import bounds, option


def panel(**defaults: Any) -> dict[str, Any]:
    return {"type": "gauge", "fieldConfig": {"defaults": defaults}}


@pytest.mark.parametrize(
    ("defaults", "ends"),
    [
        ({}, (0, 100)),
        ({"unit": "percentunit"}, (0, 1)),
        ({"unit": "percent"}, (0, 100)),
        ({"min": -1, "max": 1}, (-1, 1)),
    ],
)
def test_scale_reaches_from_end_to_end(defaults: dict[str, Any], ends: tuple[float, float]) -> None:
    assert bounds(panel(**defaults)) == ends


def test_arc_changes_colour_at_each_threshold() -> None:
    steps = [{"color": "green", "value": None}, {"color": "orange", "value": 0.08}, {"color": "red", "value": 0.1}]
    drawn = option(panel(min=0, max=0.2, thresholds={"steps": steps}))
    shares = [share for share, _ in drawn["series"][0]["axisLine"]["lineStyle"]["color"]]
    assert shares == pytest.approx([0.4, 0.5, 1.0])


def test_skeleton_holds_no_value() -> None:
    assert option(panel())["series"][0]["data"] == []
