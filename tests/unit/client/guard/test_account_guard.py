"""Two strategies on one account: what one does counts for both, and a trip of the account stops both."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import Registry, TradingMetrics
from deskwatch.client.guard import (
    AccountGuard,
    Allowed,
    Guard,
    GuardState,
    Intent,
    MaxDayLoss,
    MaxDrawdown,
    MaxExposure,
    MaxOrderNotional,
    MaxOrderRate,
    MaxPosition,
    MaxRejects,
    Readings,
    Trip,
    latch,
)
from guard_desk import NOW, Desk


def account_of(*limits: object, **settings: object) -> AccountGuard:
    return AccountGuard(limits, link=CollectingLink(), clock=ManualSeconds(NOW), **settings)  # type: ignore[arg-type]


def test_an_order_passes_both_guards_in_one_call_and_counts_in_both() -> None:
    account = account_of(MaxPosition(10))
    one, two = Desk(MaxPosition(6), account=account), Desk(MaxPosition(6), account=account)
    assert [one.order(6.0), one.order(1.0)] == [Allowed.YES, Allowed.POSITION]
    assert [two.order(5.0), two.order(4.0), two.order(1.0)] == [Allowed.POSITION, Allowed.YES, Allowed.POSITION]


def test_an_order_that_the_account_refuses_is_counted_by_neither() -> None:
    account = account_of(MaxOrderRate(2, window_seconds=10, then=None))
    one = Desk(MaxPosition(6), account=account)
    assert [one.order(1.0), one.order(1.0), one.order(1.0)] == [Allowed.YES, Allowed.YES, Allowed.ORDER_RATE]
    assert one.guard._gate.book.holdings.by_symbol["BTC"].buying == 2.0
    assert account._gate.book.holdings.by_symbol["BTC"].buying == 2.0


def test_an_order_that_the_strategy_refuses_never_reaches_the_account() -> None:
    account = account_of(MaxOrderRate(1, window_seconds=10, then=GuardState.HALTED))
    one = Desk(MaxOrderNotional(150), account=account)
    assert [one.order(2.0), one.order(2.0), one.order(1.0)] == [
        Allowed.ORDER_NOTIONAL,
        Allowed.ORDER_NOTIONAL,
        Allowed.YES,
    ]
    assert account.state is GuardState.ACTIVE


def test_a_limit_of_the_account_that_an_order_reaches_stops_every_strategy() -> None:
    trips: list[Trip] = []
    account = account_of(MaxOrderRate(1, window_seconds=10), on_trip=trips.append)
    one, two = Desk(account=account), Desk(account=account)
    assert [one.order(1.0), two.order(1.0)] == [Allowed.YES, Allowed.ORDER_RATE]
    assert [trip.limit for trip in trips] == ["max_order_rate"]
    assert [one.order(1.0), one.guard.allow(Intent.EXIT), two.guard.allow_entry()] == [
        Allowed.REDUCING,
        Allowed.YES,
        False,
    ]
    assert (one.guard.state, two.guard.state) == (GuardState.ACTIVE, GuardState.ACTIVE)


def test_positions_of_the_strategies_are_net_and_a_correction_moves_the_account_by_as_much() -> None:
    account = account_of(MaxPosition(10))
    one, two = Desk(account=account), Desk(account=account)
    one.guard.order_filled("BTC", "BUY", 8, 100)
    two.guard.order_filled("BTC", "SELL", 5, 100)
    held = account._gate.book.holdings.by_symbol["BTC"]
    assert held.held == 3.0
    one.guard.note_position("BTC", 12, 100)
    assert held.held == 7.0
    assert [two.order(4.0), two.order(3.0)] == [Allowed.POSITION, Allowed.YES]


def test_exposure_is_of_the_equity_of_all() -> None:
    account = account_of(MaxExposure(ratio=1.0))
    one, _ = Desk(account=account), Desk(account=account)
    assert [one.order(19.0), one.order(2.0)] == [Allowed.YES, Allowed.EXPOSURE]


def test_rejects_of_all_strategies_are_one_row() -> None:
    account = account_of(MaxRejects(3))
    one, two = Desk(account=account), Desk(account=account)
    one.guard.order_rejected()
    two.guard.order_rejected()
    assert account.state is GuardState.ACTIVE
    one.guard.order_rejected()
    assert account.state is GuardState.REDUCING


def test_the_drawdown_is_that_of_the_sum_and_a_strategy_that_joins_is_no_gain() -> None:
    account = account_of(MaxDrawdown(0.10))
    one, two = Desk(account=account), Desk(account=account)
    one.guard.check(Readings(900.0))
    assert account._readings[0].value == pytest.approx(0.05)
    three = Desk(account=account)
    assert account._readings[0].value == pytest.approx(100 / 3000)
    two.guard.check(Readings(800.0))
    three.guard.check(Readings(990.0))
    assert account.state is GuardState.HALTED
    assert account.latched.reason == "drawdown of 10.33% from the equity peak, the limit is 10.00%"


def test_gains_of_one_make_up_for_losses_of_the_other_and_a_reset_begins_anew() -> None:
    account = account_of(MaxDayLoss(amount=100))
    one, two = Desk(account=account), Desk(account=account)
    one.guard.check(Readings(1150.0, day_gain=150.0))
    two.guard.check(Readings(800.0, day_loss=200.0))
    assert account.state is GuardState.ACTIVE
    two.guard.check(Readings(740.0, day_loss=260.0))
    assert account.state is GuardState.HALTED
    assert account.reset("looked at it")
    two.guard.check(Readings(700.0, day_loss=300.0))
    assert (account.state, account._readings[0].value) == (GuardState.ACTIVE, 40.0)
    two.guard.check(Readings(639.0, day_loss=361.0))
    assert account.state is GuardState.HALTED


def test_midnight_ends_what_a_reset_began() -> None:
    account = account_of(MaxDayLoss(amount=100))
    one = Desk(account=account)
    one.guard.check(Readings(800.0, day_loss=200.0))
    account.reset("looked at it")
    one.guard.check(Readings(750.0))  # the day begins with it
    one.guard.check(Readings(700.0, day_loss=50.0))
    assert account._readings[0].value == 50.0


def test_one_missing_equity_stops_all() -> None:
    account = account_of()
    one, two = Desk(account=account), Desk(account=account)
    one.guard.check(Readings(math.nan))
    assert (account.state, two.order(1.0)) == (GuardState.HALTED, Allowed.HALTED)


def test_nothing_goes_out_before_the_account_knows_an_equity() -> None:
    guard = Guard(account=account_of(), link=CollectingLink())
    guard.arm()
    assert guard.allow_order("BTC", "BUY", 1.0, 100.0) is Allowed.NOT_ARMED
    guard.check(Readings(1000.0))
    assert guard.allow_order("BTC", "BUY", 1.0, 100.0) is Allowed.YES


def test_recorders_feed_the_account_and_show_it() -> None:
    account = account_of(MaxDrawdown(0.10))
    registry = Registry()
    desks = [Desk(account=account), Desk(account=account)]
    recorders = [
        TradingMetrics(name, starting_equity=1000, guard=desk.guard, registry=registry, link=CollectingLink())
        for name, desk in zip(("one", "two"), desks, strict=True)
    ]
    recorders[0].record_equity(750)
    text = registry.expose(with_prometheus_client=False).decode()
    assert 'guard_state{strategy="account"} 2.0' in text
    assert 'guard_trips_total{strategy="account",limit="max_drawdown"} 1.0' in text
    assert 'guard_value{strategy="account",limit="max_drawdown"} 0.125' in text
    assert desks[1].order(1.0) is Allowed.HALTED
    assert 'guard_refusals_total{strategy="account",reason="halted"} 1.0' in registry.expose().decode()


def test_a_recorder_of_the_accounts_own_replaces_the_sum() -> None:
    account = account_of(MaxDrawdown(0.10))
    one = Desk(account=account)
    own = TradingMetrics("account", guard=account, registry=Registry(), link=CollectingLink())
    own.record_equity(5000)
    one.guard.check(Readings(100.0))
    assert account.state is GuardState.ACTIVE
    own.record_equity(4000)
    assert account.state is GuardState.HALTED


def test_strategies_of_another_currency_cannot_be_added_up() -> None:
    account = account_of()
    one, two = Desk(account=account), Desk(account=account)
    TradingMetrics("one", "USD", guard=one.guard, registry=Registry(), link=CollectingLink())
    with pytest.raises(ValueError, match=r"must have one currency, 'two' has 'EUR' and those before it 'USD'"):
        TradingMetrics("two", "EUR", guard=two.guard, registry=Registry(), link=CollectingLink())


class Failing(MaxOrderNotional):
    """A limit of the user's own that fails."""

    def meter(self, book: object) -> object:  # type: ignore[override]
        return self

    def take(self, order: object) -> float:
        raise RuntimeError("broken")


def test_an_order_at_which_the_account_fails_is_refused_and_not_counted_by_the_strategy() -> None:
    one = Desk(MaxPosition(1), account=account_of(Failing(1)))
    assert [one.order(1.0), one.order(1.0)] == [Allowed.UNUSABLE_ORDER] * 2
    assert "BTC" not in one.guard._gate.book.holdings.by_symbol


def test_an_account_must_be_an_account_guard() -> None:
    with pytest.raises(ValueError, match="account must be an AccountGuard, was 'account'"):
        Guard(account="account")  # type: ignore[arg-type]


def test_it_has_a_latch_of_its_own(tmp_path: Path) -> None:
    account = account_of(MaxDrawdown(0.10), latch_path=tmp_path / "guard-account.json")
    Desk(account=account).guard.check(Readings(500.0))
    assert latch.read(tmp_path / "guard-account.json").limit == "max_drawdown"
