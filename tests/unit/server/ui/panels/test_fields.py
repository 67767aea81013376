from __future__ import annotations

from typing import Any

import pytest

from deskwatch.server.ui.panels.fields import field, items, mappings, overrides, part, thresholds, unknown_matchers


def panel(**defaults: Any) -> dict[str, Any]:
    return {"type": "stat", "fieldConfig": {"defaults": defaults, "overrides": []}}


@pytest.mark.parametrize("value", [None, [], "text", 3, {"a": None}, {"a": [1]}])
def test_a_missing_part_reads_as_empty(value: object) -> None:
    assert part(value, "a", "b") == {}


@pytest.mark.parametrize("value", [None, "text", 3, {"a": 1}, [1, "x", None]])
def test_a_list_of_something_else_reads_as_empty(value: object) -> None:
    assert items(value) == []


def test_thresholds_keep_order_and_name_colours() -> None:
    steps = [{"color": "green", "value": None}, {"color": "dark-red", "value": 80}]
    found = thresholds(panel(thresholds={"mode": "absolute", "steps": steps}))
    assert [step["value"] for step in found] == [None, 80]
    assert found[1]["color"] == "#ff5d5d"


def test_thresholds_in_percent_are_left_out() -> None:
    assert thresholds(panel(thresholds={"mode": "percentage", "steps": [{"color": "red", "value": 80}]})) == []


def test_value_and_range_mappings_become_words_with_colour() -> None:
    given = [
        {"type": "value", "options": {"2": {"text": "HALTED", "color": "red", "index": 0}}},
        {"type": "range", "options": {"from": 0, "to": 1, "result": {"text": "trading"}}},
    ]
    assert mappings(panel(mappings=given)) == [
        {"value": "2", "text": "HALTED", "color": "#ff5d5d"},
        {"from": 0, "to": 1, "text": "trading", "color": "#e6ebf2"},
    ]


def test_overrides_by_name_pattern_and_query_are_read_and_others_named() -> None:
    def override(kind: str) -> dict[str, Any]:
        return {"matcher": {"id": kind, "options": "x"}, "properties": [{"id": "unit", "value": "s"}]}

    kinds = ["byName", "byRegexp", "byFrameRefID", "byType"]
    given = {"fieldConfig": {"overrides": [override(kind) for kind in kinds]}}
    assert [found["by"] for found in overrides(given)] == ["name", "regex", "ref"]
    assert overrides(given)[0]["properties"] == {"unit": "s"}
    assert unknown_matchers(given) == ["byType"]


def test_an_empty_panel_says_that_there_is_no_data() -> None:
    assert field({})["noValue"] == "no data in this time"
    assert field(panel(noValue="no fills yet"))["noValue"] == "no fills yet"
