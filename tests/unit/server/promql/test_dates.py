"""Parts of a date against Python's calendar."""

from __future__ import annotations

import calendar
import random
from datetime import UTC, datetime

import numpy as np
import pytest

from deskwatch.server.promql.dates import date_part

SECONDS = [0.0, 951_782_399.0, 951_782_400.9, 1_704_067_199.0, -1.0, -86_400.0] + [
    float(random.Random(5 + number).randrange(-(10**9), 4 * 10**9)) for number in range(200)
]

PARTS = {
    "minute": lambda date: date.minute,
    "hour": lambda date: date.hour,
    "day_of_week": lambda date: date.isoweekday() % 7,
    "day_of_month": lambda date: date.day,
    "day_of_year": lambda date: date.timetuple().tm_yday,
    "days_in_month": lambda date: calendar.monthrange(date.year, date.month)[1],
    "month": lambda date: date.month,
    "year": lambda date: date.year,
}


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_those_of_the_calendar(part: str) -> None:
    wanted = [PARTS[part](datetime.fromtimestamp(int(second), UTC)) for second in SECONDS]
    assert date_part(part, np.array(SECONDS)).tolist() == wanted


def test_what_is_no_date_gives_nan() -> None:
    assert np.isnan(date_part("hour", np.array([np.nan, np.inf, -np.inf, 1e300]))).all()
