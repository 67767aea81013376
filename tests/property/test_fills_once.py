"""However often and in whatever order a venue tells of an order's trades, what is recorded is what was traded."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.venue import Fill, FillsOnce

TRADES = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 1000)), min_size=1, max_size=6)
LOOKS = st.lists(st.tuples(st.sampled_from(["order", "trades"]), st.integers(1, 6)), max_size=12)


@given(trades=TRADES, looks=LOOKS)
def test_quantity_is_recorded_once_and_never_more_than_was_traded(
    trades: list[tuple[int, int]], looks: list[tuple[str, int]]
) -> None:
    once, recorded = FillsOnce(), list[Fill]()
    furthest = 0
    for way, upto in [*looks, ("order", len(trades)), ("trades", len(trades))]:
        seen = trades[: max(upto, 1)]
        furthest = max(furthest, len(seen))
        recorded += _look(once, way, seen)
        assert sum(fill.quantity for fill in recorded) <= sum(quantity for quantity, _ in trades[:furthest])
    assert sum(fill.quantity for fill in recorded) == sum(quantity for quantity, _ in trades)


@given(trades=TRADES, looks=st.lists(st.integers(1, 6), max_size=6))
def test_by_the_answers_alone_the_money_is_right_to_the_last_digits(
    trades: list[tuple[int, int]], looks: list[int]
) -> None:
    once, recorded = FillsOnce(), list[Fill]()
    for upto in [*sorted(looks), len(trades)]:
        recorded += _look(once, "order", trades[:upto])
    money = sum(fill.quantity * fill.price for fill in recorded)
    wanted = sum(quantity * price for quantity, price in trades)
    assert abs(money - wanted) <= Decimal("1e-18") * wanted


def _look(once: FillsOnce, way: str, seen: list[tuple[int, int]]) -> list[Fill]:
    if way == "trades":
        fills = [once.of_trade("o", f"t{n}", Decimal(q), Decimal(p)) for n, (q, p) in enumerate(seen)]
    else:
        filled = Decimal(sum(q for q, _ in seen))
        fills = [once.of_order("o", filled, Decimal(sum(q * p for q, p in seen)) / filled)]
    return [fill for fill in fills if fill is not None]
