"""Read what a panel of Grafana's JSON says about its fields: unit, thresholds, mappings, overrides.

An imported dashboard is somebody else's file: what is missing or of another type reads as Grafana's default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from deskwatch.server.ui.panels.theme import color
from deskwatch.server.ui.panels.units import Unit, unit

Json: TypeAlias = dict[str, Any]

_MATCHERS = {"byName": "name", "byRegexp": "regex", "byFrameRefID": "ref"}


def part(value: object, *keys: str) -> Json:
    """Return the object below ``keys``, an empty one where any step is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return dict(value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[Json]:
    """Return the objects of a list, nothing where it is none."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return [dict(item) for item in value if isinstance(item, Mapping)] if is_list else []  # type: ignore[attr-defined]


def defaults(panel: Json) -> Json:
    """Return ``fieldConfig.defaults``."""
    return part(panel, "fieldConfig", "defaults")


def overrides(panel: Json) -> list[Json]:
    """Return the overrides as ``{"by", "match", "properties"}``; those of another matcher are left out."""
    found = []
    for override in items(part(panel, "fieldConfig").get("overrides")):
        matcher = part(override, "matcher")
        by = _MATCHERS.get(str(matcher.get("id")))
        if by is not None:
            properties = {str(item.get("id")): item.get("value") for item in items(override.get("properties"))}
            found.append({"by": by, "match": str(matcher.get("options", "")), "properties": properties})
    return found


def unknown_matchers(panel: Json) -> list[str]:
    """Return the ids of the override matchers that :func:`overrides` leaves out."""
    matchers = (part(override, "matcher") for override in items(part(panel, "fieldConfig").get("overrides")))
    return sorted({str(matcher.get("id")) for matcher in matchers} - set(_MATCHERS))


def thresholds(panel: Json) -> list[Json]:
    """Return the steps as ``{"value", "color"}`` from the lowest; the first has no value. Percentages have none."""
    given = part(defaults(panel), "thresholds")
    if given.get("mode") == "percentage":
        return []
    steps = items(given.get("steps"))
    return [{"value": step.get("value"), "color": color(str(step.get("color", "green")))} for step in steps]


def mappings(panel: Json) -> list[Json]:
    """Return value and range mappings as ``{"from", "to", "text", "color"}``; text values keep ``"value"``."""
    found = []
    for mapping in items(defaults(panel).get("mappings")):
        if mapping.get("type") == "value":
            found += [_value_mapping(value, result) for value, result in part(mapping, "options").items()]
        elif mapping.get("type") == "range":
            options = part(mapping, "options")
            bounds = {"from": options.get("from"), "to": options.get("to")}
            found.append(bounds | _mapped(part(options, "result")))
    return found


def field(panel: Json) -> Json:
    """Return what the browser needs to write a number of this panel."""
    given = defaults(panel)
    return {
        "unit": panel_unit(panel).props(),
        "decimals": given.get("decimals"),
        "noValue": str(given.get("noValue") or "no data in this time"),
        "min": given.get("min"),
        "max": given.get("max"),
        "mappings": mappings(panel),
        "thresholds": thresholds(panel),
    }


def panel_unit(panel: Json) -> Unit:
    """Return the unit of the panel, a plain number where it is not known."""
    return unit(str(defaults(panel).get("unit") or "")) or Unit()


def _value_mapping(value: str, result: object) -> Json:
    return {"value": value} | _mapped(part(result))


def _mapped(result: Json) -> Json:
    return {"text": str(result.get("text", "")), "color": color(str(result.get("color") or "text"))}
