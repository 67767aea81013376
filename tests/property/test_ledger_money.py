"""Contracts, currencies, funding and splits against bookkeeping with fractions."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.trading import Instrument, Ledger

INSTRUMENTS = [
    Instrument("SHARE"),
    Instrument("FUTURE", multiplier=50),
    Instrument("EURO", "EUR"),
    Instrument("COIN", "BTC", multiplier=100, inverse=True),
]
SYMBOLS = {instrument.symbol: instrument for instrument in INSTRUMENTS}
CURRENCIES = ("USD", "EUR", "BTC", "BNB")
START = Decimal(100_000)
CLOSE = Fraction(1, 10**18)

symbols = st.sampled_from(sorted(SYMBOLS))
signs = st.sampled_from([1, -1])
prices = st.decimals("0.01", "50000", places=2)
quantities = st.decimals("0.001", "1000", places=3)
money = st.decimals("-50", "50", places=4)
fills = st.tuples(st.just("fill"), symbols, signs, quantities, prices, money, st.sampled_from([None, *CURRENCIES]))
marks = st.tuples(st.just("mark"), symbols, prices)
fundings = st.tuples(st.just("fund"), symbols, money, st.sampled_from([None, *CURRENCIES]))
rates = st.tuples(st.just("rate"), st.sampled_from(CURRENCIES[1:]), prices)
splits = st.tuples(
    st.just("split"), st.sampled_from(["SHARE", "FUTURE", "EURO"]), st.integers(1, 20), st.integers(1, 20)
)


class Fractions:
    """The slow way: cash of each currency, what is held, and what that cost, nothing rounded ever."""

    def __init__(self) -> None:
        self.cash = dict.fromkeys(CURRENCIES, Fraction(0))
        self.rates = {**dict.fromkeys(CURRENCIES, Fraction(2)), "USD": Fraction(1)}
        self.held = dict.fromkeys(SYMBOLS, Fraction(0))
        self.prices = dict.fromkeys(SYMBOLS, Fraction(1))
        self.marked: set[str] = set()

    def currency(self, symbol: str) -> str:
        return SYMBOLS[symbol].currency or "USD"

    def worth(self, symbol: str, units: Fraction, price: Fraction) -> Fraction:
        """What is received for so many units: coins of an inverse contract flow the other way."""
        instrument = SYMBOLS[symbol]
        multiplied = units * Fraction(instrument.multiplier)
        return -multiplied / price if instrument.inverse else multiplied * price

    def fill(self, *step) -> None:
        symbol, sign, quantity, price, fee, fee_currency = step
        units = sign * Fraction(quantity)
        self.cash[self.currency(symbol)] -= self.worth(symbol, units, Fraction(price))
        self.cash[fee_currency or self.currency(symbol)] -= Fraction(fee)
        self.held[symbol] += units
        if symbol not in self.marked:
            self.prices[symbol] = Fraction(price)

    def mark(self, symbol, price) -> None:
        self.marked.add(symbol)
        self.prices[symbol] = Fraction(price)

    def fund(self, symbol, amount, currency) -> None:
        self.cash[currency or self.currency(symbol)] += Fraction(amount)

    def rate(self, currency, price) -> None:
        self.rates[currency] = Fraction(price)

    def split(self, symbol, new, old) -> None:
        self.held[symbol] *= Fraction(new, old)
        self.prices[symbol] /= Fraction(new, old)

    @property
    def equity(self) -> Fraction:
        total = Fraction(START) + sum(self.cash[name] * self.rates[name] for name in CURRENCIES)
        for symbol, units in self.held.items():
            total += self.worth(symbol, units, self.prices[symbol]) * self.rates[self.currency(symbol)]
        return total


def apply(ledger: Ledger, what: str, *step) -> None:
    if what == "fill":
        symbol, sign, quantity, price, fee, fee_currency = step
        ledger.fill(symbol, sign * quantity, price, fee, fee_currency)
    elif what == "rate":
        ledger.rate(step[0], "USD", step[1])
    elif what == "split":
        ledger.split(step[0], Decimal(step[1]), Decimal(step[2]))
    else:
        getattr(ledger, what)(*step)


def rated() -> Ledger:
    ledger = Ledger(START, instruments=INSTRUMENTS)
    for currency in CURRENCIES[1:]:
        ledger.rate(currency, "USD", Decimal(2))
    return ledger


@given(st.lists(st.one_of(fills, marks, fundings, rates, splits), max_size=30))
def test_equity_is_cash_of_every_currency_plus_holdings(steps: list[tuple]) -> None:
    """Whatever the contract, the currency and the way through splits and flips."""
    ledger, slow = rated(), Fractions()
    for what, *step in steps:
        apply(ledger, what, *step)
        getattr(slow, what)(*step)
        assert abs(Fraction(ledger.equity) - slow.equity) < CLOSE * max(1, abs(slow.equity))
    parts = ledger.realized_pnl + ledger.unrealized_pnl + ledger.funding - ledger.fees
    assert abs(Fraction(parts) + Fraction(START) - slow.equity) < CLOSE * max(1, abs(slow.equity))


own = st.lists(st.one_of(st.tuples(st.just("SHARE"), signs, quantities, prices, money), st.tuples(prices)), max_size=30)


@given(own)
def test_the_identity_is_exact_in_one_currency(steps: list[tuple]) -> None:
    """Equity = start + realized + unrealized + funding - fees, to the last digit."""
    ledger = Ledger(START)
    for step in steps:
        if len(step) == 1:
            ledger.mark("SHARE", *step)
        else:
            symbol, sign, quantity, price, amount = step
            ledger.fill(symbol, sign * quantity, price, amount)
            ledger.fund(symbol, -amount)
    exact = [START, ledger.realized_pnl, ledger.unrealized_pnl, ledger.funding, -ledger.fees]
    assert Fraction(ledger.equity) == sum(map(Fraction, exact))


orders = st.lists(st.tuples(symbols, signs, quantities, prices, money), min_size=1, max_size=12)


@given(orders, st.randoms(use_true_random=False), st.lists(prices, min_size=4, max_size=4))
def test_the_order_of_fills_moves_no_money(some: list[tuple], chance: random.Random, closes: list[Decimal]) -> None:
    """Realized and unrealized shift among each other; what the account is worth at the same marks does not."""
    shuffled = chance.sample(some, len(some))
    worth = []
    for sequence in (some, shuffled):
        ledger = rated()
        for symbol, sign, quantity, price, fee in sequence:
            ledger.fill(symbol, sign * quantity, price, fee)
        for symbol, price in zip(SYMBOLS, closes, strict=True):
            ledger.mark(symbol, price)
        worth.append(Fraction(ledger.equity))
    assert abs(worth[0] - worth[1]) < CLOSE * max(1, abs(worth[0]))


before = st.lists(st.tuples(signs, quantities, prices), min_size=1, max_size=6)


@given(before, before, st.sampled_from([(2, 1), (4, 1), (1, 2), (1, 10), (5, 2)]))
def test_a_split_is_only_another_way_of_counting(early: list[tuple], late: list[tuple], ratio: tuple[int, int]) -> None:
    """Fills after it are in new units at new prices: every sum of money is the same."""
    new, old = Decimal(ratio[0]), Decimal(ratio[1])
    plain, halved = Ledger(START), Ledger(START)
    for ledger in (plain, halved):
        for sign, quantity, price in early:
            ledger.fill("SHARE", sign * quantity, price)
        ledger.mark("SHARE", Decimal(100))
    halved.split("SHARE", new, old)
    assert (halved.equity, halved.gross_exposure) == (plain.equity, plain.gross_exposure)
    for sign, quantity, price in late:
        plain.fill("SHARE", sign * quantity, price * new)  # in old units; times new, so that no quotient is endless
        halved.fill("SHARE", sign * quantity * new / old, price * old)
    for ledger, price in ((plain, 100 * new), (halved, 100 * old)):
        ledger.mark("SHARE", price)
    assert abs(plain.realized_pnl - halved.realized_pnl) < Decimal("1e-18")
    assert abs(plain.equity - halved.equity) < Decimal("1e-18")
    assert (plain.wins, plain.losses) == (halved.wins, halved.losses)
