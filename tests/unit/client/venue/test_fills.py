from __future__ import annotations

from decimal import Decimal

from deskwatch.client.venue import Fill, FillsOnce
from deskwatch.client.venue.fills import MAX_KEPT

ONE, TWO, TEN = Decimal(1), Decimal(2), Decimal(10)


def test_a_second_look_at_an_order_tells_only_what_was_added_at_the_price_of_that() -> None:
    once = FillsOnce()
    assert once.of_order("o", ONE, TEN) == Fill(ONE, TEN)
    assert once.of_order("o", TWO, Decimal(11)) == Fill(ONE, Decimal(12))
    assert once.of_order("o", TWO, Decimal(11)) is None


def test_what_was_filled_before_is_never_told() -> None:
    once = FillsOnce()
    once.begin("o", ONE)
    assert once.of_order("o", ONE, TEN) is None
    assert once.of_order("o", TWO, TEN) == Fill(ONE, TEN)


def test_the_end_of_an_order_is_new_once() -> None:
    once = FillsOnce()
    assert once.end("o")
    assert not once.end("o")


def test_an_order_that_was_placed_here_is_known_as_such() -> None:
    once = FillsOnce()
    once.begin_ours("o")
    once.begin("p")
    assert [once.is_ours(order) for order in "opq"] == [True, False, False]


def test_what_is_remembered_is_bounded() -> None:
    once = FillsOnce()
    for number in range(MAX_KEPT + 10):
        once.of_trade(f"o{number}", f"t{number}", ONE, TEN)
    assert len(once._orders) == len(once._trades) == MAX_KEPT


def test_an_order_that_is_told_of_again_and_again_is_not_forgotten() -> None:
    once = FillsOnce()
    assert once.of_order("old", ONE, TEN) == Fill(ONE, TEN)
    for number in range(MAX_KEPT + 10):
        once.of_trade(f"o{number}", f"t{number}", ONE, TEN)
        if number % 1000 == 0:
            assert once.of_order("old", ONE, TEN) is None


def test_a_forked_childs_lock_is_free() -> None:
    once = FillsOnce()
    once._lock.acquire()
    once.after_fork()
    assert once._lock.acquire(blocking=False)
