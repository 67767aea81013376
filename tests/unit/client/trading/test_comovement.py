from __future__ import annotations

import statistics

import pytest

from deskwatch.client.trading.comovement import Comovement
from deskwatch.client.trading.moments import units_of


def test_beta_is_the_slope_of_the_regression_line() -> None:
    returns, benchmark = [0.02, -0.01, 0.04, 0.0], [0.01, -0.02, 0.03, 0.005]
    comovement = Comovement()
    for ratio, other in zip(returns, benchmark, strict=True):
        comovement.add(units_of(ratio), units_of(other))
    assert comovement.beta() == pytest.approx(statistics.linear_regression(benchmark, returns).slope, rel=1e-12)


def test_a_pair_that_left_no_longer_counts() -> None:
    comovement = Comovement()
    for ratio, other in [(0.9, -0.7), (0.02, 0.01), (-0.02, -0.01)]:
        comovement.add(units_of(ratio), units_of(other))
    comovement.remove(units_of(0.9), units_of(-0.7))
    assert comovement.beta() == pytest.approx(2.0)


@pytest.mark.parametrize("benchmark", [[], [0.01], [0.01, 0.01, 0.01]])
def test_a_benchmark_that_stands_still_gives_no_beta(benchmark: list[float]) -> None:
    comovement = Comovement()
    for place, other in enumerate(benchmark):
        comovement.add(units_of(place / 100), units_of(other))
    assert comovement.beta() is None
