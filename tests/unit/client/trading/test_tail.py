from __future__ import annotations

import random

import numpy as np
import pytest

from deskwatch.client.trading.moments import units_of
from deskwatch.client.trading.tail import Tail


def tail_of(ratios: list[float]) -> Tail:
    tail = Tail()
    for ratio in ratios:
        tail.add(units_of(ratio))
    return tail


def test_worked_by_hand() -> None:
    """41 returns of -20 % to +20 %: place 2 of 0..40 is -18 %, and the worst three are -20, -19 and -18 %."""
    tail = tail_of([percent / 100 for percent in range(-20, 21)])
    assert tail.value_at_risk() == pytest.approx(0.18)
    assert tail.expected_shortfall() == pytest.approx(0.19)


@pytest.mark.parametrize("count", [20, 21, 39, 40, 41, 100, 777])
def test_the_point_between_two_returns_is_numpys(count: int) -> None:
    ratios = [random.Random(count).gauss(0.0, 0.02) for _ in range(count)]
    assert tail_of(ratios).value_at_risk() == pytest.approx(-np.percentile(ratios, 5), rel=1e-12)


def test_a_tail_of_less_than_one_return_is_not_known() -> None:
    assert not tail_of([-0.01] * 19).known
    assert tail_of([-0.01] * 20).known


def test_what_left_no_longer_counts() -> None:
    tail = tail_of([-0.5, *[0.01] * 20])
    assert tail.expected_shortfall() == pytest.approx((0.5 - 0.01) / 2)
    tail.remove(units_of(-0.5))
    assert tail.expected_shortfall() == pytest.approx(-0.01)


def test_a_series_that_only_gains_has_a_negative_risk() -> None:
    assert tail_of([0.02] * 20).value_at_risk() == pytest.approx(-0.02)
