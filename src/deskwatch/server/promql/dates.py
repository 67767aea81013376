"""Parts of a date, from Unix seconds, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from deskwatch.server.promql.values import Floats

Dates = np.ndarray[Any, np.dtype[np.datetime64]]


def _minute(dates: Dates) -> Floats:
    return _since(dates, "h", "m")


def _hour(dates: Dates) -> Floats:
    return _since(dates, "D", "h")


def _day_of_month(dates: Dates) -> Floats:
    return _since(dates, "M", "D") + 1


def _day_of_year(dates: Dates) -> Floats:
    return _since(dates, "Y", "D") + 1


def _month(dates: Dates) -> Floats:
    return _since(dates, "Y", "M") + 1


def _year(dates: Dates) -> Floats:
    return dates.astype("datetime64[Y]").astype(np.float64) + 1970


def _day_of_week(dates: Dates) -> Floats:
    return (dates.astype("datetime64[D]").astype(np.float64) + 4) % 7  # 1970-01-01 was a Thursday, Sunday is 0


def _days_in_month(dates: Dates) -> Floats:
    months = dates.astype("datetime64[M]")
    following = (months + np.timedelta64(1, "M")).astype("datetime64[D]")
    days: Floats = (following - months.astype("datetime64[D]")).astype(np.float64)
    return days


def _since(dates: Dates, start: str, unit: str) -> Floats:
    """Return how many whole units have passed since the start of the hour, day, month or year."""
    begun = dates.astype(f"datetime64[{start}]").astype(f"datetime64[{unit}]")
    result: Floats = (dates.astype(f"datetime64[{unit}]") - begun).astype(np.float64)
    return result


_PARTS: Final[dict[str, Callable[[Dates], Floats]]] = {
    "minute": _minute,
    "hour": _hour,
    "day_of_week": _day_of_week,
    "day_of_month": _day_of_month,
    "day_of_year": _day_of_year,
    "days_in_month": _days_in_month,
    "month": _month,
    "year": _year,
}

DATE_FUNCTIONS: Final = frozenset(_PARTS)


def date_part(name: str, seconds: Floats) -> Floats:
    """Return the part of each date; what is no date gives NaN."""
    is_date = np.isfinite(seconds) & (np.abs(seconds) < 1e12)
    whole = np.where(is_date, np.trunc(seconds), 0).astype("datetime64[s]")
    return np.where(is_date, _PARTS[name](whole), np.nan)
