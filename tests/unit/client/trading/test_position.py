"""Hand-worked: each number was worked out on paper, not by the code."""

from __future__ import annotations

from decimal import Decimal

from deskwatch.client.trading import Position


def test_buying_twice_keeps_the_whole_cost() -> None:
    position = Position()
    position.fill(Decimal(2), Decimal(100), Decimal(1))
    position.fill(Decimal(1), Decimal(130), Decimal(1))
    assert (position.quantity, position.cost) == (Decimal(3), Decimal(330))


def test_a_partial_close_realizes_its_part_at_average_cost() -> None:
    position = Position()
    position.fill(Decimal(2), Decimal(100), Decimal(0))
    position.fill(Decimal(2), Decimal(120), Decimal(0))  # average 110
    closed = position.fill(Decimal(-1), Decimal(150), Decimal(0))
    assert closed == (Decimal(40), None)
    assert (position.quantity, position.cost) == (Decimal(3), Decimal(330))


def test_a_short_gains_when_the_price_falls() -> None:
    position = Position()
    position.fill(Decimal(-4), Decimal(50), Decimal(0))
    assert position.fill(Decimal(4), Decimal(45), Decimal(0)) == (Decimal(20), Decimal(20))
    assert (position.quantity, position.cost) == (Decimal(0), Decimal(0))


def test_a_flip_ends_one_trade_and_begins_the_next() -> None:
    position = Position()
    position.fill(Decimal(2), Decimal(100), Decimal(1))
    # Sells 5 at 110: 2 close (gain 20; 2/5 of the fee of 5 is theirs), 3 open short. Trade: 20 - 1 - 2 = 17.
    assert position.fill(Decimal(-5), Decimal(110), Decimal(5)) == (Decimal(20), Decimal(17))
    assert (position.quantity, position.cost) == (Decimal(-3), Decimal(-330))
    # Buys back at 100: gain 30, less 3 of the flip's fee and 2 of its own.
    assert position.fill(Decimal(3), Decimal(100), Decimal(2)) == (Decimal(30), Decimal(25))


def test_a_rest_of_float_noise_is_flat() -> None:
    position = Position()
    position.fill(Decimal(repr(0.1 + 0.2)), Decimal(100), Decimal(0))
    closed = position.fill(Decimal("-0.3"), Decimal(100), Decimal(0))
    assert position.quantity == 0
    assert closed.trade_pnl is not None


def test_a_real_rest_is_kept() -> None:
    position = Position()
    position.fill(Decimal("1.00000001"), Decimal(100), Decimal(0))
    position.fill(Decimal(-1), Decimal(100), Decimal(0))
    assert position.quantity == Decimal("1E-8")
