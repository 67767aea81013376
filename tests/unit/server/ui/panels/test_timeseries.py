from __future__ import annotations

from typing import Any

from deskwatch.server.ui.panels.timeseries import option, styles, targets, threshold_lines


def panel(*, overrides: list[dict[str, Any]] | None = None, **defaults: Any) -> dict[str, Any]:
    return {"type": "timeseries", "fieldConfig": {"defaults": defaults, "overrides": overrides or []}}


def test_skeleton_holds_no_point() -> None:
    assert all(not series.get("data") for series in option(panel(unit="short"))["series"])


def test_axis_without_minimum_fits_the_data_and_with_one_starts_there() -> None:
    assert option(panel())["yAxis"]["scale"] is True
    axis = option(panel(min=0))["yAxis"]
    assert (axis["scale"], axis["min"]) == (False, 0)


def test_axis_of_whole_numbers_has_no_ticks_between_them() -> None:
    assert option(panel(decimals=0))["yAxis"]["minInterval"] == 1
    assert option(panel(decimals=0, unit="percentunit"))["yAxis"]["minInterval"] == 0.01


def test_fill_and_width_come_from_the_panel() -> None:
    base = styles(panel(custom={"fillOpacity": 12, "lineWidth": 2}))["base"]
    assert (base["fill"], base["width"]) == (0.12, 2)


def test_bars_are_bars() -> None:
    assert styles(panel(custom={"drawStyle": "bars"}))["base"]["type"] == "bar"


def test_step_after_keeps_a_value_until_the_next() -> None:
    """https://echarts.apache.org/en/option.html#series-line.step: ``end`` turns at the next point."""
    assert styles(panel(custom={"lineInterpolation": "stepAfter"}))["base"]["step"] == "end"


def test_step_before_changes_ahead_of_the_point() -> None:
    assert styles(panel(custom={"lineInterpolation": "stepBefore"}))["base"]["step"] == "start"


def test_override_changes_only_what_it_names() -> None:
    dashed = {
        "matcher": {"id": "byFrameRefID", "options": "B"},
        "properties": [
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 6]}},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": "red"}},
        ],
    }
    assert styles(panel(overrides=[dashed]))["overrides"] == [
        {"by": "ref", "match": "B", "style": {"dash": [8, 6], "color": "#ff5d5d"}}
    ]


def test_thresholds_are_lines_only_when_the_panel_says_so() -> None:
    steps = {"steps": [{"color": "green", "value": None}, {"color": "orange", "value": 0.1}]}
    off = panel(thresholds=steps)
    dashed = panel(thresholds=steps, custom={"thresholdsStyle": {"mode": "dashed"}})
    assert threshold_lines(off) == []
    assert threshold_lines(dashed) == [{"value": 0.1, "color": "#e69f00", "dashed": True}]


def test_threshold_areas_reach_from_step_to_step() -> None:
    steps = {
        "steps": [
            {"color": "transparent", "value": None},
            {"color": "orange", "value": 5},
            {"color": "red", "value": 9},
        ]
    }
    drawn = option(panel(thresholds=steps, custom={"thresholdsStyle": {"mode": "area"}}))
    bands = drawn["series"][0]["markArea"]["data"]
    assert [(low["yAxis"], high["yAxis"]) for low, high in bands] == [(5, 9), (9, "max")]


def test_hidden_and_empty_queries_are_not_asked() -> None:
    given = [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "down", "hide": True}, {"refId": "C"}]
    assert targets({"targets": given}) == [{"ref": "A", "expr": "up", "legend": ""}]
