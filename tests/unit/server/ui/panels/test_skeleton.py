from __future__ import annotations

import json
from typing import Any

import pytest

from deskwatch.server.ui.panels import describe, flatten, place, skeleton


@pytest.mark.parametrize("panel", [{}, {"type": "heatmap"}, {"fieldConfig": None, "targets": "x", "options": []}])
def test_a_strange_panel_is_described_and_not_an_error(panel: dict[str, Any]) -> None:
    described = describe(panel)
    assert described["option"] == {}
    assert described["notDrawn"]


@pytest.mark.parametrize("kind", ["timeseries", "stat", "gauge"])
def test_description_is_plain_json(kind: str) -> None:
    described = describe({"type": kind, "title": "T", "targets": [{"expr": "up"}]})
    assert json.loads(json.dumps(described)) == described


def test_the_same_panel_gives_the_same_skeleton() -> None:
    panel = {"type": "timeseries", "fieldConfig": {"defaults": {"unit": "s", "max": 3}}}
    before = json.dumps(panel)
    assert skeleton(panel) == skeleton(panel)
    assert json.dumps(panel) == before


@pytest.mark.parametrize(
    ("text", "interval_ms"), [("5s", 5000), (">10s", 10_000), ("100ms", 1000), ("", 1000), ("x", 1000)]
)
def test_interval_is_never_below_a_second(text: str, interval_ms: int) -> None:
    assert describe({"type": "timeseries", "interval": text})["intervalMs"] == interval_ms


def test_panels_of_collapsed_rows_are_shown_in_reading_order() -> None:
    def at(x: int, y: int, title: str) -> dict[str, Any]:
        return {"type": "stat", "title": title, "gridPos": {"x": x, "y": y, "w": 12, "h": 8}}

    row = {"type": "row", "gridPos": {"x": 0, "y": 9}, "panels": [at(0, 10, "third")]}
    dashboard = {"panels": [row, at(12, 0, "second"), at(0, 0, "first")]}
    assert [panel["title"] for panel in flatten(dashboard)] == ["first", "second", "third"]


def test_a_panel_without_place_stands_at_the_top() -> None:
    assert place({}) == {"x": 0, "y": 0, "w": 12, "h": 8}
