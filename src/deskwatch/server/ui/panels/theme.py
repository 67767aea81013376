"""Colours by the names that Grafana uses, chosen to be told apart by colour-blind people on a dark ground.

Source:  the series palette follows Okabe and Ito, https://jfly.uni-koeln.de/color/, lightened for a dark ground.
"""

from __future__ import annotations

SERIES = ("#56b4e9", "#e69f00", "#2fc39b", "#cc79a7", "#f0e442", "#8da2fb", "#e5754f", "#b0bac9")

# A canvas inherits no font from the page: it takes the names that desk.css gives.
FONT = 'Inter, Roboto, "Segoe UI", system-ui, sans-serif'

_SHADES = ("super-light-", "light-", "semi-dark-", "dark-")
_NAMED = {
    "green": "#2fc39b",
    "red": "#ff5d5d",
    "orange": "#e69f00",
    "yellow": "#f0e442",
    "blue": "#56b4e9",
    "purple": "#cc79a7",
    "text": "#e6ebf2",
    "transparent": "transparent",
}


def color(name: str) -> str:
    """Return the colour as CSS writes it.

    Args:
        name: A name of Grafana's palette, with or without shade (``dark-red``), or a CSS colour, returned as it is.
    """
    for shade in _SHADES:
        name = name.removeprefix(shade)
    return _NAMED.get(name, name)


def dash_type(style: dict[str, object]) -> str | list[int]:
    """Return the ECharts dash of a Grafana line style such as ``{"fill": "dash", "dash": [8, 6]}``."""
    fill = style.get("fill", "solid")
    if fill == "solid":
        return "solid"
    dash = style.get("dash")
    if isinstance(dash, list) and dash:
        return [int(part) for part in dash]
    return "dotted" if fill == "dot" else "dashed"
