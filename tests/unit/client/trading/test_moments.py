from __future__ import annotations

import statistics
from typing import TypeVar

import pytest

from deskwatch.client.trading.moments import Moments, Spread, units_of

W = TypeVar("W", bound=Spread)


def filled(window: W, *ratios: float) -> W:
    for ratio in ratios:
        window.slide(units_of(ratio), 0)
    return window


def test_mean_and_deviation_are_those_of_a_sample() -> None:
    ratios = (0.03, -0.01, 0.002, 0.0, -0.025)
    window = filled(Spread(9), *ratios)
    assert window.mean == pytest.approx(statistics.mean(ratios), rel=1e-15)
    assert window.deviation == pytest.approx(statistics.stdev(ratios), rel=1e-14)


def test_a_small_spread_around_a_large_mean_is_not_lost() -> None:
    """Summed as floats, 1 + 1e-9 squared leaves nothing of the variance."""
    window = filled(Spread(9), 1.0 + 1e-9, 1.0 - 1e-9, 1.0)
    assert window.deviation == pytest.approx(1e-9, rel=1e-6)


@pytest.mark.parametrize("ratios", [(), (0.01,), (0.01, 0.01, 0.01), (0.1 + 0.2, 0.3)])
def test_there_is_no_deviation_without_a_difference(ratios: tuple[float, ...]) -> None:
    """0.1 + 0.2 and 0.3 differ by rounding only."""
    assert filled(Spread(9), *ratios).deviation is None


def test_shape_worked_by_hand() -> None:
    """Of 0, 0, 0, 4 % around their mean of 1: m2 = 3, m3 = 6, m4 = 21."""
    window = filled(Moments(9), 0.0, 0.0, 0.0, 0.04)
    skewness, kurtosis = window.shape()
    assert skewness == pytest.approx(6 / 3**1.5)
    assert kurtosis == pytest.approx(21 / 9)


def test_the_downside_counts_gains_as_nothing() -> None:
    window = filled(Moments(9), 0.05, -0.03, 0.01, -0.04)
    assert window.downside_deviation == pytest.approx(((0.03**2 + 0.04**2) / 4) ** 0.5)


def test_no_loss_means_no_downside() -> None:
    window = filled(Moments(9), 0.05, 0.0)
    assert window.downside_deviation is None


def test_what_left_is_in_no_sum() -> None:
    slid, fresh = filled(Moments(2), 0.3, -0.1), filled(Moments(2), -0.1, 0.02)
    slid.slide(units_of(0.02), units_of(0.3))
    assert slid.full
    assert slid.deviation == fresh.deviation
    assert slid.shape() == fresh.shape()
    slid.slide(units_of(0.02), units_of(-0.1))
    assert slid.downside_deviation is None
