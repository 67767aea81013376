"""Numbers, money and times as a person reads them at night on a phone."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final

from deskwatch.model import format_duration_ms

_BINARY_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")  # IEC 80000-13
_HUGE: Final = 1e15  # a float counts single units up to 2**53, 9e15; beyond, digits would be made up
_WORDLESS: Final = ("", "plain")


def format_value(value: float, unit: str) -> str:
    """Return the value in the unit that the rule's annotation ``unit`` names.

    Args:
        value: As PromQL gave it.
        unit: ``ratio`` is shown in percent, ``seconds`` and ``bytes`` are scaled, ``plain`` stands alone, any
            other word follows the number.
    """
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("infinite" if value > 0 else "minus infinite")
    if abs(value) >= _HUGE:
        return f"{value:.6g} {unit if unit not in _WORDLESS else ''}".rstrip()
    match unit:
        case "ratio":
            return f"{value * 100:.1f} %"
        case "seconds":
            return _seconds(value)
        case "bytes":
            return _bytes(value)
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    return number if unit in _WORDLESS else f"{number} {unit}"


def format_money(amount: float, currency: str, *, signed: bool = False) -> str:
    """Return an amount with thousands, two decimals and its currency; NaN is unknown."""
    if not math.isfinite(amount):
        return "unknown"
    return f"{amount:{'+' if signed else ''},.2f} {currency}".rstrip()


def format_quantity(quantity: float) -> str:
    """Return a quantity with at most eight decimals, as crypto venues count."""
    if not math.isfinite(quantity):
        return "unknown"
    return f"{quantity:,.8f}".rstrip("0").rstrip(".")


def format_time(ts_ms: int) -> str:
    """Return the time in UTC, to the second."""
    return f"{datetime.fromtimestamp(ts_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def format_span(span_ms: int) -> str:
    """Return how long something took, to the second."""
    return format_duration_ms(max(0, span_ms) // 1000 * 1000)


def _seconds(value: float) -> str:
    if abs(value) < 1:
        return f"{value * 1000:.0f} ms"
    if abs(value) < 60:
        return f"{value:.1f} s"
    return ("-" if value < 0 else "") + format_span(round(abs(value) * 1000))


def _bytes(value: float) -> str:
    power = 0
    while abs(value) >= 1024 and power < len(_BINARY_UNITS) - 1:
        value, power = value / 1024, power + 1
    return f"{value:.1f} {_BINARY_UNITS[power]}" if power else f"{value:.0f} B"
