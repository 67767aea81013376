"""Numbers as Go writes them; the expectations are from strconv.FormatFloat."""

from __future__ import annotations

import math
import random
import struct

import pytest

from deskwatch.server.promql import format_float


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e16, "10000000000000000"),
        (123456789.125, "123456789.125"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (1e-5, "0.00001"),
        (1.25e-6, "0.00000125"),
        (1e-7, "1e-07"),
        (5e-324, "5e-324"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_as_in_prometheus_json(value: float, text: str) -> None:
    assert format_float(value) == text


@pytest.mark.parametrize(("value", "text"), [(1e21, "1" + "0" * 21), (1e-7, "0.0000001"), (2.0, "2")])
def test_a_label_has_no_exponent(value: float, text: str) -> None:
    assert format_float(value, exponent=False) == text


def test_every_number_reads_back_as_itself() -> None:
    source = random.Random(7)
    for _ in range(2000):
        value = struct.unpack("<d", source.randbytes(8))[0]
        if math.isfinite(value):
            assert float(format_float(value)) == value
            assert float(format_float(value, exponent=False)) == value
