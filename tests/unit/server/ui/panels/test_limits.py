from __future__ import annotations

from typing import Any

import pytest

from deskwatch.server.ui.panels.limits import not_drawn


def test_a_panel_that_is_drawn_whole_says_nothing() -> None:
    assert not_drawn({"type": "timeseries", "fieldConfig": {"defaults": {"unit": "short"}}}) == []


@pytest.mark.parametrize(
    ("panel", "word"),
    [
        ({"type": "heatmap"}, "heatmap"),
        ({}, "(none)"),
        ({"type": "stat", "transformations": [{"id": "reduce"}]}, "reduce"),
        ({"type": "stat", "timeShift": "1d"}, "timeShift 1d"),
        ({"type": "stat", "repeat": "symbol"}, "symbol"),
        ({"type": "stat", "fieldConfig": {"defaults": {"unit": "lengthkm"}}}, "lengthkm"),
        ({"type": "stat", "fieldConfig": {"defaults": {"mappings": [{"type": "regex"}]}}}, "regex"),
        ({"type": "stat", "fieldConfig": {"overrides": [{"matcher": {"id": "byType"}}]}}, "byType"),
        ({"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"fillBelowTo": "low"}}}}, "low"),
        (
            {"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"scaleDistribution": {"type": "log"}}}}},
            "logarithmic",
        ),
        (
            {"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"stacking": {"mode": "percent"}}}}},
            "100 %",
        ),
    ],
)
def test_what_is_not_drawn_is_named(panel: dict[str, Any], word: str) -> None:
    (note,) = not_drawn(panel)
    assert word in note


def test_a_transformation_that_is_switched_off_is_not_missed() -> None:
    assert not_drawn({"type": "stat", "transformations": [{"id": "reduce", "disabled": True}]}) == []
