"""Know when a new day begins, in a chosen zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> tzinfo:
    """Return the zone.

    Raises:
        ValueError: The machine knows no such zone.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"zone must be a name such as UTC or Europe/Berlin, was {name!r}") from error


def next_midnight(unix_seconds: float, zone: tzinfo) -> float:
    """Return when the day of that time ends; days of 23 and 25 hours included."""
    today = datetime.fromtimestamp(unix_seconds, zone).date()
    try:
        tomorrow = today + timedelta(days=1)
    except OverflowError:  # the last day of the year 9999
        return float("inf")
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).timestamp()
