"""What a unit of Grafana means for a number on the page.

Way:     [units] -> property of the panel -> static/lib/units.js, which writes the number.
Source:  unit ids: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["number", "bytes_1024", "bytes_1000", "duration", "time", "age", "bool"]


@dataclass(frozen=True, slots=True)
class Unit:
    """How a number is written.

    Attributes:
        kind: The way of writing; ``duration`` takes seconds after scaling, ``time`` and ``age`` take Unix ms.
        scale: The number is multiplied by this first.
        prefix: Text before it.
        suffix: Text after it.
        money: Whether a ``currency`` label of the series says the unit.
    """

    kind: Kind = "number"
    scale: float = 1.0
    prefix: str = ""
    suffix: str = ""
    money: bool = False

    def props(self) -> dict[str, object]:
        """Return the unit as the browser reads it."""
        return asdict(self)


_UNITS = {
    "": Unit(money=True),
    "none": Unit(money=True),
    "short": Unit(money=True),
    "locale": Unit(money=True),
    "percent": Unit(suffix=" %"),
    "percentunit": Unit(scale=100, suffix=" %"),
    "bytes": Unit(kind="bytes_1024"),
    "decbytes": Unit(kind="bytes_1000"),
    "ns": Unit(kind="duration", scale=1e-9),
    "µs": Unit(kind="duration", scale=1e-6),
    "ms": Unit(kind="duration", scale=1e-3),
    "s": Unit(kind="duration"),
    "dtdurations": Unit(kind="duration"),
    "m": Unit(kind="duration", scale=60),
    "h": Unit(kind="duration", scale=3600),
    "dateTimeAsIso": Unit(kind="time"),
    "dateTimeFromNow": Unit(kind="age"),
    "bool": Unit(kind="bool"),
    "cps": Unit(suffix=" /s"),
    "ops": Unit(suffix=" ops/s"),
    "reqps": Unit(suffix=" req/s"),
    "opm": Unit(suffix=" ops/min"),
    "cpm": Unit(suffix=" /min"),
    "currencyUSD": Unit(prefix="$"),
    "currencyEUR": Unit(prefix="€"),
    "currencyGBP": Unit(prefix="£"),
    "currencyJPY": Unit(prefix="¥"),
    "currencyBTC": Unit(prefix="₿"),
}


def unit(name: str) -> Unit | None:
    """Return the unit of a Grafana id, or None when it is not known here.

    Args:
        name: Such as ``percentunit``, ``bytes``, or with text of one's own: ``suffix:/min``, ``prefix:US$``.
    """
    kind, _, text = name.partition(":")
    if text and kind == "suffix":
        return Unit(suffix=f" {text}")
    if text and kind == "prefix":
        return Unit(prefix=text)
    return _UNITS.get(name)
