"""The straight way through the gate answers, counts, warns and trips as the way from limit to limit does."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client.guard import (
    AccountGuard,
    Allowed,
    GuardState,
    MaxClockOffset,
    MaxDataAge,
    MaxExposure,
    MaxOrderNotional,
    MaxOrderRate,
    MaxOrdersPerSignal,
    MaxPosition,
    NoDuplicateOrder,
    OrderLimit,
    Readings,
)
from guard_desk import NOW, Desk

LIMITS: list[OrderLimit] = [
    MaxOrderRate(4, window_seconds=3, then=None),
    MaxOrdersPerSignal(3, then=GuardState.REDUCING),
    NoDuplicateOrder(2),
    MaxOrderNotional(900),
    MaxPosition(25),
    MaxPosition(12, symbol="BTC"),
    MaxExposure(ratio=3),
    MaxDataAge(10),
    MaxClockOffset(1),
]

order = st.tuples(
    st.just("order"),
    st.fixed_dictionaries(
        {
            "symbol": st.sampled_from(["BTC", "ETH"]),
            "side": st.sampled_from(["BUY", "SELL"]),
            "quantity": st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0, 9.0]),
            "price": st.sampled_from([100.0, 100.0, 50.0, 50.0, -10.0]),
            "intent": st.sampled_from(["ENTRY", "ENTRY", "ENTRY", "EXIT"]),
            "signal_id": st.sampled_from([1, 2, 3, 4, 5, None]),
        }
    ),
)
step = st.one_of(
    order,
    order,
    order,
    order,
    order,
    st.tuples(st.just("wait"), st.sampled_from([0.5, 1.0, 1.0, 2.5, -1.0])),
    st.tuples(st.just("market"), st.just(0.0)),
    st.tuples(st.just("clock"), st.sampled_from([0.0, 0.85, 2.0])),
    st.tuples(st.just("fill"), st.sampled_from(["BUY", "SELL"])),
    st.tuples(st.just("equity"), st.sampled_from([1000.0, 300.0])),
)


class Trader:
    """Does the same with a guard that may go straight and with one that may not."""

    def __init__(self, limits: list[OrderLimit], of_account: list[OrderLimit], *, straight: bool) -> None:
        link, clock = CollectingLink(), ManualSeconds(NOW)
        self.account = AccountGuard(of_account, link=link, clock=clock)
        self.desk = Desk(*limits, account=self.account)
        self.seconds = NOW
        for gate in (self.desk.guard._gate, self.account._gate):
            assert gate._straight is not None
            if not straight:
                gate._straight, gate._is_calm = None, False
        self.do("market", None)
        self.do("clock", 0.0)

    def do(self, what: str, detail: Any) -> object:
        guard = self.desk.guard
        if what == "order":
            return guard.allow_order(**detail, now=self.seconds)
        if what == "wait":
            self.seconds += detail
        elif what == "market":
            guard.note_market_time(self.seconds)
        elif what == "clock":
            guard.note_clock_offset(detail)
        elif what == "fill":
            guard.order_filled("BTC", detail, 1.0, 100.0)
        else:
            guard.check(Readings(detail))
        return None

    def stands(self) -> object:
        guards = (self.desk.guard, self.account)
        holdings = [guard._gate.book.holdings for guard in guards]
        return (
            [guard.state for guard in guards],
            [
                (of.gross, {one: (held.held, held.buying, held.selling) for one, held in of.by_symbol.items()})
                for of in holdings
            ],
            [[(watch.limit.name, watch.value) for watch in guard.watches] for guard in guards],
            [{answer: tally.read() for answer, tally in guard.counts.refusals.items()} for guard in guards],
            self.desk.told("warned"),
            self.desk.told("tripped"),
        )


some = st.lists(st.sampled_from(range(9)), max_size=2, unique=True)


@settings(max_examples=600)
@given(some, some, st.lists(step, min_size=10, max_size=40))
def test_both_ways_come_to_the_same(mine: list[int], accounts: list[int], steps: list[tuple[str, Any]]) -> None:
    limits, of_account = [LIMITS[one] for one in mine], [LIMITS[one] for one in accounts]
    straight, other = (Trader(limits, of_account, straight=straight) for straight in (True, False))
    for what, detail in steps:
        assert straight.do(what, detail) == other.do(what, detail)
        assert straight.stands() == other.stands()


def test_an_order_that_is_far_from_every_limit_does_go_straight() -> None:
    trader = Trader(LIMITS, LIMITS, straight=True)
    detail = {"symbol": "ETH", "side": "BUY", "price": 10.0, "intent": "ENTRY"}
    trader.do("order", {**detail, "quantity": 1.0, "signal_id": 1})
    trader.seconds += 1
    for gate in (trader.desk.guard._gate, trader.account._gate):
        gate._ask_each = None  # type: ignore[assignment,method-assign]
    assert trader.do("order", {**detail, "quantity": 2.0, "signal_id": 2})


def test_an_order_of_the_generation_before_is_a_duplicate_on_the_straight_way_too() -> None:
    desk = Desk(NoDuplicateOrder(2))
    answers = [desk.at(seconds, quantity) for seconds, quantity in ((0, 1.0), (1.9, 2.0), (2.1, 3.0), (2.2, 2.0))]
    assert answers == [Allowed.YES, Allowed.YES, Allowed.YES, Allowed.DUPLICATE_ORDER]


def test_a_clock_that_goes_back_finds_the_same_orders_in_the_window_on_both_ways() -> None:
    """Found by the law above: orders that had left the window must not come back into it."""
    order = {"symbol": "BTC", "side": "BUY", "quantity": 1.0, "price": 100.0, "intent": "ENTRY", "signal_id": 1}
    steps = [("order", order), ("order", order), ("wait", 3.0), ("market", 0.0), ("order", order), ("wait", -1.0)]
    straight, other = (Trader([], [LIMITS[0]], straight=way) for way in (True, False))
    for what, detail in [*steps, ("order", order)]:
        assert straight.do(what, detail) == other.do(what, detail)
    assert straight.stands() == other.stands()
