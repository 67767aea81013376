from __future__ import annotations

import decimal
import statistics
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from deskwatch.client.trading import Instrument, Ledger


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


def test_a_midnight_takes_a_return_and_an_hour_does_so_too_if_told() -> None:
    daily, hourly = Ledger(Decimal(1000)), Ledger(Decimal(1000), returns_interval_seconds=3600)
    noon = datetime(2022, 1, 1, 12, tzinfo=UTC).timestamp()
    for hour, equity in enumerate([1000, 1010, 1000, 1020, 1000]):
        for ledger in (daily, hourly):
            ledger.advance(noon + hour * 3600)
            ledger.set_equity(Decimal(equity))
    assert daily.performance.figures.volatility is None
    assert hourly.performance.figures.volatility is not None
    for ledger in (daily, hourly):
        assert ledger.day_start_equity == Decimal(1000)
        ledger.advance(noon + 12 * 3600)
        ledger.set_equity(Decimal(990))
        assert ledger.pnl_day == Decimal(-10)


def test_a_return_ends_with_the_equity_before_its_boundary() -> None:
    """1000 at noon, 1010 at one, 1000 at two: what is set at three o'clock itself belongs to the next hour."""
    ledger = Ledger(Decimal(1000), returns_interval_seconds=3600)
    noon = datetime(2022, 1, 1, 12, tzinfo=UTC).timestamp()
    for hour, equity in enumerate([1000, 1010, 1000, 5000]):
        ledger.advance(noon + hour * 3600)
        ledger.set_equity(Decimal(equity))
    returns = [0.01, 1000 / 1010 - 1]
    assert ledger.performance.figures.volatility == pytest.approx(statistics.stdev(returns) * 8760**0.5)


def test_the_largest_position_is_found_long_or_short() -> None:
    ledger = Ledger(Decimal(1000))
    assert ledger.largest_position_ratio == 0
    ledger.fill("A", Decimal(1), Decimal(100))
    ledger.fill("B", Decimal(-3), Decimal(50))
    assert ledger.largest_position_ratio == pytest.approx(0.15)
    ledger.set_equity(Decimal(-1))
    assert ledger.largest_position_ratio == float("inf")


def test_risk_utilization_is_the_used_part_of_the_limit() -> None:
    ledger = Ledger(Decimal(1000), exposure_limit=400)
    ledger.fill("A", Decimal(1), Decimal(100))
    ledger.fill("B", Decimal(-3), Decimal(50))
    assert ledger.risk_utilization_ratio == pytest.approx(250 / 400)
    assert Ledger(Decimal(1000)).risk_utilization_ratio is None


@pytest.mark.parametrize("limit", [0, -5, float("nan"), "much"])
def test_an_exposure_limit_that_cannot_be_is_refused(limit: object) -> None:
    with pytest.raises(ValueError, match=f"exposure_limit must be an amount above 0, was {limit!r}"):
        Ledger(Decimal(1000), exposure_limit=limit)


@pytest.mark.parametrize("equity", [None, Decimal(0), Decimal(-5)])
def test_without_equity_there_is_no_turnover_of_it(equity: Decimal | None) -> None:
    ledger = Ledger(equity)
    ledger.advance(1_641_038_400.0)
    ledger.fill("A", Decimal(1), Decimal(100))
    assert ledger.turnover_ratio(1_641_038_400.0) is None


@pytest.mark.parametrize("marked", [True, False])
def test_beta_is_measured_against_marks_and_not_against_fills(marked: bool) -> None:
    """Half of the equity in the benchmark, which rises by 1 % and falls back; unmarked, only fills tell its price."""
    ledger = Ledger(Decimal(1000), returns_interval_seconds=3600, benchmark="A")
    noon = datetime(2022, 1, 1, 12, tzinfo=UTC).timestamp()
    ledger.fill("A", Decimal(5), Decimal(100))
    for hour, price in enumerate([100, 100, 101, 100, 100]):
        ledger.advance(noon + hour * 3600)
        if marked:
            ledger.mark("A", Decimal(price))
        else:
            ledger.fill("A", Decimal("1e-9"), Decimal(price))
    beta = ledger.performance.figures.beta
    assert beta == (pytest.approx(0.5, rel=0.01) if marked else None)


def test_figures_are_read_in_whatever_context_the_bot_has() -> None:
    ledger = Ledger(Decimal("100000.01"), currency="USD", instruments=[Instrument("SAP", "EUR")])
    ledger.rate("EUR", "USD", Decimal(1) / 3)
    ledger.fill("SAP", Decimal("1.23456789"), Decimal("43210.98765"), Decimal("12.3456"))
    ledger.mark("SAP", Decimal("41211.98765"))
    with decimal.localcontext() as context:
        context.prec = 2
        context.traps[decimal.Inexact] = True
        read = [getattr(ledger, name) for name in dir(Ledger) if isinstance(getattr(Ledger, name), property)]
        ledger.begin_anew()
    assert len(read) > 15
