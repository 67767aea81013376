"""Durations as Prometheus and Alertmanager write them: ``1h30m``, ``500ms``.

Source:  https://github.com/prometheus/common/blob/main/model/time.go (ParseDuration)
"""

from __future__ import annotations

import re

_UNITS_MS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
_PATTERN = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,15}}){unit})?" for unit in _UNITS_MS))


def parse_duration_ms(text: str) -> int:
    """Return the duration in milliseconds.

    Args:
        text: Whole numbers with the units y, w, d, h, m, s, ms, largest first; ``0`` needs none.

    Raises:
        ValueError: The text is no duration; the message says what would be right.
    """
    if text == "0":
        return 0
    match = _PATTERN.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"must be a duration such as 30s, 5m or 1h30m, was {text!r}")
    return sum(int(value) * _UNITS_MS[unit] for unit, value in match.groupdict().items() if value)


def format_duration_ms(duration_ms: int) -> str:
    """Return the duration in the form that :func:`parse_duration_ms` reads: ``90_000`` is ``1m30s``."""
    if duration_ms == 0:
        return "0s"
    parts = []
    for unit, unit_ms in _UNITS_MS.items():
        # Prometheus prints years and weeks only when nothing remains, so 8d stays 8d.
        if unit in ("y", "w") and duration_ms % unit_ms:
            continue
        count, duration_ms = divmod(duration_ms, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
