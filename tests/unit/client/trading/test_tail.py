from __future__ import annotations

import random

import numpy as np
import pytest

from deskwatch.client.trading.moments import units_of
from deskwatch.client.trading.tail import Tail


def tail_of(ratios: list[float]) -> Tail:
    window: list[int] = []
    tail = Tail(window)
    for ratio in ratios:
        window.append(units_of(ratio))
        tail.add(window[-1])
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
    window = [units_of(ratio) for ratio in (-0.5, *[0.01] * 20)]
    tail = Tail(window)
    for units in window:
        tail.add(units)
    assert tail.expected_shortfall() == pytest.approx((0.5 - 0.01) / 2)
    window[0] = units_of(0.03)
    tail.exchange(window[0], units_of(-0.5))
    assert tail.expected_shortfall() == pytest.approx(-0.01)


STORIES = {
    "by chance": lambda chance, place: chance.gauss(0.0, 0.02),
    "flat for the most part": lambda chance, place: chance.choice([0.0, 0.0, 0.0, -0.01, 0.01]),
    "ever better": lambda chance, place: place / 1000,
    "ever worse": lambda chance, place: -place / 1000,
    "a crash and a calm": lambda chance, place: chance.gauss(0.0, 0.3 if place % 600 < 100 else 0.001),
    "two values": lambda chance, place: float(place % 2),
    "all the same": lambda chance, place: 0.01,
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("size", [2, 19, 20, 21, 60, 300])
def test_the_tail_is_that_of_a_window_sorted_anew(story: str, size: int) -> None:
    """Whatever the returns do: the same figures, to the last bit, as from all of them in order."""
    chance, window = random.Random(size), [0] * size
    tail = Tail(window)
    for place in range(4 * size):
        coming, leaving = units_of(STORIES[story](chance, place)), window[place % size]
        window[place % size] = coming
        if place < size:
            tail.add(coming)
        else:
            tail.exchange(coming, leaving)
        present = sorted(window[: place + 1])
        worst = (len(present) - 1) // 20 + 1
        assert tail.expected_shortfall() == -float(sum(present[:worst])) / (worst * 2.0**60)
        if tail.known:
            assert tail.value_at_risk() == pytest.approx(-np.percentile(np.array(present) / 2.0**60, 5), abs=1e-12)


def test_a_series_that_only_gains_has_a_negative_risk() -> None:
    assert tail_of([0.02] * 20).value_at_risk() == pytest.approx(-0.02)
