"""However many strategies order in however many threads, the account's limit holds to the last unit."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client.guard import AccountGuard, MaxDayLoss, MaxPosition, Readings
from guard_desk import NOW, Desk

ORDERS = 150


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 700),
    st.booleans(),
)
def test_what_all_sent_together_is_what_the_account_allows(
    strategies: int, threads_each: int, most: int, straight: bool
) -> None:
    account = AccountGuard([MaxPosition(most)], link=CollectingLink(), clock=ManualSeconds(NOW))
    desks = [Desk(MaxPosition(10_000), account=account) for _ in range(strategies)]
    if not straight:
        account._gate._straight, account._gate._is_calm = None, False
    taken: list[int] = []

    def order(desk: Desk) -> None:
        taken.append(sum(bool(desk.order(1.0)) for _ in range(ORDERS)))

    run_all([threading.Thread(target=order, args=(desk,)) for desk in desks for _ in range(threads_each)])
    asked = strategies * threads_each * ORDERS
    assert sum(taken) == min(asked, most)
    held = [
        desk.guard._gate.book.holdings.by_symbol["BTC"].buying
        for desk in desks
        if desk.guard._gate.book.holdings.by_symbol
    ]
    assert sum(held) == account._gate.book.holdings.by_symbol["BTC"].buying == sum(taken)
    refused = sum(tally.read() for tally in account.counts.refusals.values())
    assert refused == asked - sum(taken)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(500, 1500), min_size=1, max_size=40), min_size=1, max_size=4))
def test_the_last_word_of_each_strategy_is_in_the_sum(equities: list[list[int]]) -> None:
    account = AccountGuard([MaxDayLoss(amount=1e9)], link=CollectingLink(), clock=ManualSeconds(NOW))
    desks = [Desk(account=account) for _ in equities]

    def read(desk: Desk, values: list[int]) -> None:
        for value in values:
            desk.guard.check(Readings(float(value)))

    run_all([threading.Thread(target=read, args=pair) for pair in zip(desks, equities, strict=True)])
    assert account._gate.book.equity == sum(values[-1] for values in equities)


def run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        if thread.is_alive():
            pytest.fail("the threads wait for one another")
