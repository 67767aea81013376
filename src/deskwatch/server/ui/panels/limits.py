"""Say in words what a panel asks for and the page does not draw: said, never silently wrong.

Grafana has some hundred options. Those below change what a reader would take from the panel; options that only
change looks (gradient, point size, bar width) are left out without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from deskwatch.server.ui.panels.fields import Json, defaults, items, part, unknown_matchers
from deskwatch.server.ui.panels.units import unit

DRAWN = ("timeseries", "stat", "gauge", "alertlist", "logs", "annolist")


def not_drawn(panel: Json) -> list[str]:
    """Return a sentence for each thing of the panel that is not drawn; empty when all of it is."""
    kind = str(panel.get("type", ""))
    if kind not in DRAWN:
        return [f"Panels of type {kind or '(none)'} are not drawn yet."]
    return [*_queries(panel), *_fields(panel), *_drawing(panel)]


def _queries(panel: Json) -> Iterator[str]:
    for transformation in items(panel.get("transformations")):
        if not transformation.get("disabled"):
            yield f"Transformation {transformation.get('id', '?')} is not applied: rows are shown as queried."
    for key in ("timeFrom", "timeShift"):
        if panel.get(key):
            yield f"{key} {panel[key]} is not applied: the panel shows the time range of the page."
    if panel.get("repeat"):
        yield f"Repeating by {panel['repeat']} is not done: the panel is shown once."


def _fields(panel: Json) -> Iterator[str]:
    given = defaults(panel)
    name = str(given.get("unit") or "")
    if unit(name) is None:
        yield f"Unit {name} is not known: numbers are shown without a unit."
    if part(given, "thresholds").get("mode") == "percentage" and items(part(given, "thresholds").get("steps"))[1:]:
        yield "Thresholds in percent are not drawn."
    for mapping in items(given.get("mappings")):
        if mapping.get("type") not in ("value", "range"):
            yield f"Value mappings of type {mapping.get('type')} are not applied."
    for matcher in unknown_matchers(panel):
        yield f"Overrides that match {matcher} are not applied."


def _drawing(panel: Json) -> Iterator[str]:
    custom = part(defaults(panel), "custom")
    if part(custom, "scaleDistribution").get("type", "linear") != "linear":
        yield "The axis is linear: a logarithmic one is not drawn."
    if part(custom, "stacking").get("mode") == "percent":
        yield "Stacking to 100 % is not drawn: series stand beside each other."
    if custom.get("fillBelowTo"):
        yield f"The band down to {custom['fillBelowTo']} is not drawn."
    if custom.get("transform"):
        yield f"Transform {custom['transform']} is not applied."
