from __future__ import annotations

import math

import pytest

from deskwatch.server.alerting.notify.figures import (
    format_money,
    format_quantity,
    format_span,
    format_time,
    format_value,
)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.104, "ratio", "10.4 %"),
        (-0.05, "ratio", "-5.0 %"),
        (0.25, "seconds", "250 ms"),
        (12.34, "seconds", "12.3 s"),
        (3725, "seconds", "1h2m5s"),
        (-90, "seconds", "-1m30s"),
        (512, "bytes", "512 B"),
        (3 * 1024**2, "bytes", "3.0 MiB"),
        (0.5 * 1024**5, "bytes", "512.0 TiB"),
        (1234567.5, "plain", "1,234,567.5"),
        (3.0, "restarts", "3 restarts"),
        (0.0, "plain", "0"),
        (100.0, "plain", "100"),
        (1e300, "seconds", "1e+300 seconds"),
        (-2.5e15, "plain", "-2.5e+15"),
        (math.nan, "ratio", "unknown"),
        (math.inf, "seconds", "infinite"),
        (-math.inf, "plain", "minus infinite"),
    ],
)
def test_a_value_is_shown_in_its_unit(value, unit, expected):
    assert format_value(value, unit) == expected


def test_money_has_thousands_two_decimals_and_its_currency():
    assert format_money(-1234.567, "USD") == "-1,234.57 USD"
    assert format_money(5, "EUR", signed=True) == "+5.00 EUR"


def test_money_and_quantity_that_are_no_number_are_unknown():
    assert format_money(math.nan, "USD") == "unknown"
    assert format_quantity(math.inf) == "unknown"


def test_a_quantity_keeps_a_satoshi():
    assert format_quantity(0.00000001) == "0.00000001"
    assert format_quantity(-2.5) == "-2.5"


def test_times_are_utc():
    assert format_time(0) == "1970-01-01 00:00:00 UTC"


def test_a_span_is_whole_seconds_and_never_negative():
    assert format_span(61_999) == "1m1s"
    assert format_span(-5) == "0s"
