"""Whatever the guard is asked or told about orders, it never raises and never says yes while it is latched."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.guard import (
    Allowed,
    GuardState,
    Intent,
    MaxClockOffset,
    MaxDataAge,
    MaxDrawdown,
    MaxExposure,
    MaxOrderNotional,
    MaxOrderRate,
    MaxOrdersPerSignal,
    MaxPosition,
    MaxRejects,
    NoDuplicateOrder,
)
from guard_desk import NOW, Desk


class Hostile:
    """Answers nothing."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __repr__ = __float__ = __int__ = __hash__ = __eq__ = __lt__ = __bool__ = __len__ = _refuse  # type: ignore[assignment]


class HostileText(str):
    """A text that lies about itself."""

    __slots__ = ()

    def __getitem__(self, _: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __hash__ = __eq__ = encode = upper = __len__ = __getitem__  # type: ignore[assignment]


usable = st.sampled_from(["BUY", "SELL", "BTC", "ENTRY", "EXIT", 1.0, 100.0, NOW, 7])
anything = st.one_of(
    usable,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.binary(max_size=5),
    st.sampled_from(["\ud800", "x" * 1_000_000, "1e400", math.nan, math.inf, Decimal("sNaN"), 10**5000, [], {}]),
    st.builds(Hostile),
    st.sampled_from(["BUY", "ENTRY", "EXIT", "CANCEL"]).map(HostileText),
)


def desk() -> Desk:
    made = Desk(
        MaxDrawdown(0.5),
        MaxOrderRate(100),
        MaxOrdersPerSignal(5),
        NoDuplicateOrder(1),
        MaxOrderNotional(1e6),
        MaxPosition(1e6),
        MaxExposure(ratio=100),
        MaxDataAge(5),
        MaxClockOffset(1),
        MaxRejects(3),
    )
    made.guard.note_clock_offset(0)
    made.guard.note_market_time(NOW)
    return made


def ask(made: Desk, given_: list[Any]) -> Allowed:
    a, b, c, d, e, f, g = given_
    return made.guard.allow_order(a, b, c, d, intent=e, signal_id=f, now=g)


seven = st.lists(anything, min_size=7, max_size=7)


@given(seven, seven)
def test_nothing_raises_and_every_answer_is_of_the_closed_set(first: list[Any], second: list[Any]) -> None:
    made = desk()
    for a, b, c, d, *_ in (first, second):
        made.guard.order_filled(a, b, c, d)
        made.guard.order_closed(a, b, c)
        made.guard.note_position(a, c, d)
        made.guard.note_clock_offset(a)
        made.guard.note_market_time(a)
    assert {type(ask(made, first)), type(ask(made, second))} == {Allowed}


@given(seven, st.sampled_from([GuardState.REDUCING, GuardState.HALTED]))
def test_a_latched_guard_says_yes_only_to_what_its_state_lets_through(given_: list[Any], state: GuardState) -> None:
    made = desk()
    if state is GuardState.HALTED:
        made.guard.halt("test")
    else:
        for _ in range(3):
            made.guard.order_rejected()
    assert made.guard.state is state
    answer = ask(made, given_)
    intent = given_[4]
    cancels = isinstance(intent, str) and str.__eq__(intent, Intent.CANCEL)
    exits = isinstance(intent, str) and str.__eq__(intent, Intent.EXIT)
    assert bool(answer) == (cancels or (exits and state is GuardState.REDUCING))


unreadable = st.one_of(
    st.builds(Hostile), st.sampled_from([math.nan, math.inf, -math.inf, "", "nan", Decimal("NaN"), [], b""])
)


@given(
    st.one_of(
        st.tuples(st.sampled_from(["side", "quantity", "price", "now"]), unreadable),
        st.tuples(st.sampled_from(["side", "quantity", "price", "symbol"]), st.none()),
        st.tuples(st.just("symbol"), st.one_of(st.just(""), st.builds(Hostile))),
    )
)
def test_an_entry_with_one_value_that_cannot_be_read_is_refused(broken: tuple[str, Any]) -> None:
    order: dict[str, Any] = {"symbol": "BTC", "side": "BUY", "quantity": 1.0, "price": 100.0, "now": NOW}
    made = desk()
    assert made.guard.allow_order(**order, signal_id=1) is Allowed.YES
    order[broken[0]] = broken[1]
    assert made.guard.allow_order(**order, signal_id=2) is Allowed.UNUSABLE_ORDER
    assert made.guard.state is GuardState.ACTIVE


@given(st.lists(st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(1, 12), st.booleans()), max_size=40))
def test_no_order_of_fills_takes_a_position_beyond_its_limit(steps: list[tuple[str, int, bool]]) -> None:
    """Each allowed order is filled at once or stays open; the worst that the open ones can do is within the limit."""
    made = Desk(MaxPosition(20))
    held, working = 0, {"BUY": 0, "SELL": 0}
    for side, quantity, is_filled in steps:
        sign = 1 if side == "BUY" else -1
        if not made.order(quantity, side):
            assert sign * held + working[side] + quantity > 20
        elif is_filled:
            held += sign * quantity
            made.guard.order_filled("BTC", side, quantity, 100)
        else:
            working[side] += quantity
        assert held + working["BUY"] <= 20
        assert held - working["SELL"] >= -20
