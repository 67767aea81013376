from __future__ import annotations

import statistics

import pytest

from deskwatch.client.trading.comovement import Comovement
from deskwatch.client.trading.moments import units_of


def test_beta_is_the_slope_of_the_regression_line() -> None:
    returns, benchmark = [0.02, -0.01, 0.04, 0.0], [0.01, -0.02, 0.03, 0.005]
    comovement = Comovement(4)
    for place, (ratio, other) in enumerate(zip(returns, benchmark, strict=True)):
        comovement.slide(place, units_of(ratio), 0, other)
    assert comovement.beta() == pytest.approx(statistics.linear_regression(benchmark, returns).slope, rel=1e-12)


def test_a_pair_that_left_no_longer_counts() -> None:
    comovement = Comovement(3)
    for place, (ratio, other) in enumerate([(0.9, -0.7), (0.02, 0.01), (-0.02, -0.01)]):
        comovement.slide(place, units_of(ratio), 0, other)
    comovement.slide(0, units_of(0.5), units_of(0.9), None)
    assert comovement.beta() == pytest.approx(2.0)
    comovement.slide(0, units_of(0.04), units_of(0.5), 0.02)
    assert comovement.beta() == pytest.approx(2.0)


@pytest.mark.parametrize("benchmark", [[], [0.01], [0.01, 0.01, 0.01]])
def test_a_benchmark_that_stands_still_gives_no_beta(benchmark: list[float]) -> None:
    comovement = Comovement(3)
    for place, other in enumerate(benchmark):
        comovement.slide(place, units_of(place / 100), 0, other)
    assert comovement.beta() is None
