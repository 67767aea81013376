from __future__ import annotations

import math
from decimal import Decimal

import pytest

from deskwatch.client.metrics import DropReason, Gauge, Registry


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def gauge(registry: Registry) -> Gauge:
    return registry.gauge("level", "Level.")


def test_it_goes_up_and_down(gauge: Gauge) -> None:
    gauge.set(5)
    gauge.inc(2.5)
    gauge.dec()
    assert gauge.read() == 6.5


def test_a_decimal_and_nan_are_values(gauge: Gauge) -> None:
    gauge.set(Decimal("1.25"))
    assert gauge.read() == 1.25
    gauge.set(math.nan)
    assert math.isnan(gauge.read())


def test_inc_after_a_decimal_adds(gauge: Gauge) -> None:
    gauge.set(Decimal("1.25"))
    gauge.inc(1.0)
    assert gauge.read() == 2.25


def test_what_is_no_number_leaves_the_last_good_value_and_is_counted_once(registry: Registry, gauge: Gauge) -> None:
    gauge.set(3)
    gauge.read()
    gauge.set("four")  # type: ignore[arg-type]
    assert gauge.read() == 3
    assert gauge.read() == 3
    assert registry.drops.read()[DropReason.NOT_A_NUMBER] == 1
