from __future__ import annotations

import decimal
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from deskwatch.client.trading import Ledger


def test_a_story_worked_by_hand() -> None:
    ledger = Ledger(Decimal(1000))
    ledger.fill("A", Decimal(2), Decimal(100), Decimal(1))  # bought 200, fee 1
    assert (ledger.equity, ledger.unrealized_pnl) == (Decimal(999), Decimal(0))
    ledger.mark("A", Decimal(120))  # +40
    assert (ledger.equity, ledger.peak_equity) == (Decimal(1039), Decimal(1039))
    ledger.fill("B", Decimal(-1), Decimal(50), Decimal(0))
    ledger.mark("B", Decimal(80))  # -30
    assert ledger.equity == Decimal(1009)
    assert ledger.drawdown_ratio == pytest.approx(30 / 1039)
    assert (ledger.gross_exposure, ledger.net_exposure) == (Decimal(320), Decimal(160))
    assert ledger.gross_exposure_ratio == pytest.approx(320 / 1009)
    ledger.fill("A", Decimal(-2), Decimal(130), Decimal(1))  # realizes 60, trade 58
    ledger.fill("B", Decimal(1), Decimal(70), Decimal(0))  # realizes -20
    assert (ledger.realized_pnl, ledger.unrealized_pnl, ledger.fees) == (Decimal(40), Decimal(0), Decimal(2))
    assert (ledger.equity, ledger.turnover) == (Decimal(1038), Decimal(200 + 50 + 260 + 70))
    assert (ledger.wins, ledger.losses, ledger.win_ratio) == (1, 1, 0.5)
    assert (ledger.gross_exposure, ledger.net_exposure) == (Decimal(0), Decimal(0))
    assert ledger.max_drawdown_ratio == pytest.approx(30 / 1039)


def test_fills_value_the_position_until_the_market_does() -> None:
    ledger = Ledger(Decimal(1000))
    ledger.fill("A", Decimal(1), Decimal(100))
    ledger.fill("A", Decimal(1), Decimal(110))
    assert ledger.equity == Decimal(1010)
    ledger.mark("A", Decimal(105))
    ledger.fill("A", Decimal(1), Decimal(200))
    assert ledger.position("A").mark_price == Decimal(105)


def test_a_mark_before_the_first_fill_is_remembered() -> None:
    ledger = Ledger(Decimal(1000))
    ledger.mark("A", Decimal(90))
    ledger.fill("A", Decimal(1), Decimal(100))
    assert ledger.equity == Decimal(990)


def test_the_day_begins_at_midnight() -> None:
    ledger = Ledger(Decimal(1000))
    midnight = datetime(2022, 1, 2, tzinfo=UTC).timestamp()
    ledger.advance(midnight - 3600)
    ledger.fill("A", Decimal(1), Decimal(100))
    ledger.mark("A", Decimal(150))
    assert ledger.pnl_day == Decimal(50)
    ledger.advance(midnight)
    assert ledger.pnl_day == Decimal(0)
    ledger.mark("A", Decimal(129))
    assert ledger.pnl_day == Decimal(-21)
    assert ledger.day_loss_ratio == pytest.approx(21 / 1050)


@pytest.mark.parametrize(("day", "hours"), [("2022-03-13", 23), ("2022-11-06", 25), ("2022-06-01", 24)])
def test_days_of_the_clock_change_have_their_own_length(day: str, hours: int) -> None:
    ledger = Ledger(Decimal(1000), zone="America/New_York")
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()
    ledger.advance(start)
    ledger.set_equity(Decimal(1010))
    ledger.advance(start + hours * 3600 - 1)
    assert ledger.pnl_day == Decimal(10)
    ledger.advance(start + hours * 3600)
    assert ledger.pnl_day == Decimal(0)


def test_the_accounts_own_equity_corrects_and_marks_go_on_from_there() -> None:
    ledger = Ledger(Decimal(1000))
    ledger.fill("A", Decimal(1), Decimal(100))
    ledger.set_equity(Decimal(980))
    assert ledger.equity == Decimal(980)
    ledger.mark("A", Decimal(110))
    assert ledger.equity == Decimal(990)


def test_an_unknown_account_begins_with_its_first_equity() -> None:
    ledger = Ledger()
    ledger.fill("A", Decimal(1), Decimal(100), Decimal(5))
    ledger.set_equity(Decimal(500))
    assert (ledger.peak_equity, ledger.drawdown_ratio, ledger.max_drawdown_ratio, ledger.pnl_day) == (
        Decimal(500),
        0,
        0,
        0,
    )


def test_beginning_anew_counts_the_drawdown_from_here() -> None:
    ledger = Ledger(Decimal(1000))
    ledger.set_equity(Decimal(800))
    ledger.begin_anew()
    assert (ledger.drawdown_ratio, ledger.pnl_day) == (0, 0)
    ledger.set_equity(Decimal(760))
    assert ledger.drawdown_ratio == pytest.approx(0.05)
    assert ledger.max_drawdown_ratio == pytest.approx(0.2)


def test_the_bots_own_decimal_context_does_not_reach_in() -> None:
    ledger = Ledger(Decimal("100000.01"))
    with decimal.localcontext() as context:
        context.prec = 4
        context.traps[decimal.Inexact] = True
        ledger.fill("A", Decimal("1.23456789"), Decimal("43210.98765"), Decimal("12.3456"))
        ledger.mark("A", Decimal("43211.98765"))
        assert context.prec == 4
    assert ledger.equity == Decimal("100000.01") + Decimal("1.23456789") - Decimal("12.3456")


def test_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        Ledger(zone="Mars/Olympus")
