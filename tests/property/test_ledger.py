"""The ledger against bookkeeping with fractions: cash that flowed plus what is held at its last price."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.trading import Ledger

amounts = st.decimals("0.001", "100000", places=3)
fills = st.tuples(st.sampled_from("ABC"), st.sampled_from([1, -1]), amounts, amounts, st.decimals("-5", "50", places=2))
marks = st.tuples(st.sampled_from("ABC"), amounts)
START = Decimal(100_000)


@given(st.lists(st.one_of(fills, marks), max_size=40))
def test_equity_is_cash_plus_holdings(steps: list[tuple[object, ...]]) -> None:
    """Realized + unrealized - fees is what the account really gained, whatever way it took."""
    ledger = Ledger(START)
    cash, held, prices, marked = (
        Fraction(START),
        dict.fromkeys("ABC", Fraction(0)),
        dict.fromkeys("ABC", Fraction(0)),
        set(),
    )
    for symbol, *step in steps:
        if len(step) == 1:
            ledger.mark(symbol, step[0])
            prices[symbol] = Fraction(step[0])
            marked.add(symbol)
            continue
        sign, quantity, price, fee = step
        ledger.fill(symbol, sign * quantity, price, fee)
        cash -= sign * Fraction(quantity) * Fraction(price) + Fraction(fee)
        held[symbol] += sign * Fraction(quantity)
        if symbol not in marked:
            prices[symbol] = Fraction(price)
    values = [held[symbol] * prices[symbol] for symbol in "ABC"]
    wanted = cash + sum(values)
    assert abs(Fraction(ledger.equity) - wanted) < Fraction(1, 10**20)
    gained = ledger.realized_pnl + ledger.unrealized_pnl - ledger.fees
    assert abs(Fraction(gained) - (wanted - Fraction(START))) < Fraction(1, 10**20)
    assert Fraction(ledger.gross_exposure) == sum(map(abs, values))
    assert Fraction(ledger.net_exposure) == sum(values)
