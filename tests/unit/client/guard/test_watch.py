from __future__ import annotations

import math

import pytest

from deskwatch.client.guard import AT_ONCE, Confirm, MaxDayLoss, MaxDrawdown, MaxLoss, Readings
from deskwatch.client.guard.watch import Level, ReadingWatch


def reached(confirm: Confirm, values: list[float]) -> list[bool]:
    """Say at which of the drawdowns a limit of 0.1 is reached."""
    watch = ReadingWatch(MaxDrawdown(0.1, confirm=confirm))
    return [watch.update(Readings(1, drawdown_ratio=value)) is Level.REACHED for value in values]


def test_two_of_three_are_needed_and_older_ones_are_forgotten() -> None:
    values = [0.2, 0.0, 0.0, 0.2, 0.0, 0.2, 0.0]
    assert reached(Confirm(2, 3), values) == [False, False, False, False, False, True, False]
    assert reached(AT_ONCE, values) == [value == 0.2 for value in values]


@pytest.mark.parametrize("confirm", [AT_ONCE, Confirm(3, 5)])
def test_nan_needs_no_confirmation(confirm: Confirm) -> None:
    assert reached(confirm, [math.nan]) == [True]


def test_what_is_not_confirmed_yet_is_warned_of() -> None:
    watch = ReadingWatch(MaxDrawdown(0.1, confirm=Confirm(2, 2)))
    levels = [watch.update(Readings(1, drawdown_ratio=value)) for value in (0.2, 0.0, 0.2, 0.2)]
    assert levels == [Level.WARN, Level.QUIET, Level.WARN, Level.REACHED]


def test_a_reset_forgets_what_was_to_be_confirmed() -> None:
    watch = ReadingWatch(MaxDayLoss(amount=5, confirm=Confirm(2, 2)))
    watch.update(Readings(1, day_loss=6))
    watch.begin_anew()
    assert watch.update(Readings(1, day_loss=6)) is Level.WARN


def test_a_total_loss_is_counted_from_the_declared_start() -> None:
    assert MaxLoss(1000, ratio=0.3).measure(Readings(equity=700)) == pytest.approx(0.3)
    assert MaxLoss(1000, amount=300).measure(Readings(equity=650)) == 350
    watch = ReadingWatch(MaxLoss(1000, amount=300))
    levels = [watch.update(Readings(equity)) for equity in (1200, 761, 760, 700.01, 700)]
    assert levels == [Level.QUIET, Level.QUIET, Level.WARN, Level.QUIET, Level.REACHED]


@pytest.mark.parametrize(("needed", "of"), [(0, 1), (3, 2), (1, 65), (1.0, 2), (True, 2)])
def test_a_confirmation_that_cannot_be_meant_is_refused(needed: int, of: int) -> None:
    with pytest.raises(ValueError, match="was"):
        Confirm(needed, of)
