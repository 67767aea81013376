"""The momentum strategy decides by its four rules and by nothing else."""

from __future__ import annotations

from deskwatch.demo.strategy import DECIDE_EVERY_BARS, LEVERAGE, LOOK_BACK_BARS, Momentum

EQUITY = 100_000.0


def decide(change_ratio: float, position: float = 0.0) -> float:
    """Return what it wants when the price has changed by this much over the look-back."""
    strategy = Momentum()
    last = position
    for bar in range(1, LOOK_BACK_BARS + DECIDE_EVERY_BARS + 1):
        close = 100.0 if bar <= DECIDE_EVERY_BARS else 100.0 * (1 + change_ratio)
        last = strategy.target_quantity(close, position, EQUITY)
        if last != position:
            return last
    return last


def test_it_buys_three_times_its_equity_after_a_rise() -> None:
    assert decide(0.02) == round(LEVERAGE * EQUITY / 102.0, 3)


def test_it_holds_on_a_small_change_and_does_not_add() -> None:
    assert decide(0.004) == 0.0
    assert decide(-0.01, position=5.0) == 5.0
    assert decide(0.02, position=5.0) == 5.0


def test_it_sells_everything_after_a_fall() -> None:
    assert decide(-0.03, position=5.0) == 0.0


def test_it_does_nothing_before_it_has_seen_twelve_hours() -> None:
    strategy = Momentum()
    rising = [strategy.target_quantity(100.0 * 1.001**bar, 0.0, EQUITY) for bar in range(LOOK_BACK_BARS)]
    assert set(rising) == {0.0}
