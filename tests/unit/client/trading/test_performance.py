from __future__ import annotations

import statistics
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from deskwatch.client.trading.performance import DAY_SECONDS, HOUR_SECONDS, Performance
from deskwatch.client.trading.returns import Figures

MIDNIGHT = datetime(2022, 1, 2, tzinfo=UTC).timestamp()


def day(number: int, hour: float = 12.0) -> float:
    return MIDNIGHT + number * DAY_SECONDS + hour * HOUR_SECONDS


def money(amount: float) -> Decimal:
    return Decimal(str(amount))


def test_a_return_goes_from_midnight_to_midnight() -> None:
    """100 at the first midnight, 101, then 100: +1 % and -0.99 %."""
    performance = Performance(UTC)
    for number, equity in enumerate([90, 100, 101, 100]):
        performance.advance(day(number), money(equity))
    returns = (0.01, 100 / 101 - 1)
    wanted = abs(returns[0] - returns[1]) / 2**0.5 * 365**0.5
    assert performance.figures.volatility == pytest.approx(wanted, rel=1e-12)


def test_the_incomplete_first_day_is_left_out() -> None:
    performance = Performance(UTC)
    performance.advance(day(0), money(50))
    performance.advance(day(1), money(100))
    assert performance.figures == Figures()


def test_figures_change_at_the_boundary_only() -> None:
    performance = Performance(UTC)
    for number, equity in enumerate([100, 100, 101, 100]):
        performance.advance(day(number), money(equity))
    before = performance.figures
    performance.advance(day(3, 23.99), money(150))
    assert performance.figures is before
    performance.advance(day(4, 0), money(150))
    assert performance.figures != before


def test_days_without_a_record_have_no_gain() -> None:
    performance = Performance(UTC)
    for number, equity in [(0, 100), (1, 100), (2, 101), (5, 100)]:
        performance.advance(day(number), money(equity))
    wanted = statistics.stdev([0.01, 100 / 101 - 1, 0.0, 0.0]) * 365**0.5
    assert performance.figures.volatility == pytest.approx(wanted)


def test_a_leap_beyond_the_window_empties_it_of_what_was() -> None:
    performance = Performance(UTC)
    for number, equity in enumerate([100, 100, 150, 100]):
        performance.advance(day(number), money(equity))
    performance.advance(day(10_000), money(100))
    assert performance.figures == Figures(var_95=0.0, cvar_95=0.0)
    assert performance.interval_ends == day(10_001, 0)


def test_days_are_those_of_the_zone() -> None:
    zone = ZoneInfo("America/New_York")
    performance = Performance(zone)
    performance.advance(datetime(2022, 3, 13, 1, tzinfo=zone).timestamp(), money(100))
    assert performance.interval_ends == datetime(2022, 3, 14, tzinfo=zone).timestamp()  # 23 hours after the last


def test_shorter_intervals_make_a_year_of_more() -> None:
    """A deviation is annualised by the root of 8,760 hours instead of 365 days."""
    hourly = Performance(UTC, HOUR_SECONDS)
    daily = Performance(UTC)
    for number, equity in enumerate([100, 100, 101, 100]):
        hourly.advance(day(0, number + 0.5), money(equity))
        daily.advance(day(number), money(equity))
    assert hourly.figures.volatility == pytest.approx(daily.figures.volatility * 24**0.5)
    assert hourly.interval_ends == day(0, 4)


def test_an_account_without_equity_has_no_return() -> None:
    performance = Performance(UTC)
    for number, equity in enumerate([100, 100, 0, -20, 100, 101, 100]):
        performance.advance(day(number), money(equity))
    other = Performance(UTC)
    other.add(-1.0)
    other.add(0.01)
    other.add(100 / 101 - 1)
    assert performance.figures.volatility == pytest.approx(other.figures.volatility)


def test_an_unknown_equity_is_no_return() -> None:
    performance = Performance(UTC)
    for number in range(5):
        performance.advance(day(number), None)
    assert performance.figures == Figures()


def test_sharpe_over_thirty_days_comes_after_thirty_days() -> None:
    performance = Performance(UTC)
    for number in range(31):  # the day before the first midnight, that midnight, and 29 returns
        performance.advance(day(number), money(100 + number % 2))
    assert performance.figures.sharpe_short is None
    performance.advance(day(31), money(101))
    assert performance.figures.sharpe_short is not None
    assert performance.figures.sharpe_long is None


def test_beta_follows_the_benchmark_s_prices() -> None:
    performance = Performance(UTC)
    for number, (equity, price) in enumerate([(100, 50), (100, 50), (102, 50.5), (100.98, 50.2475)]):
        performance.advance(day(number), money(equity), money(price))
    assert performance.figures.beta == pytest.approx(2.0)


def test_a_history_from_before_a_restart_fills_the_windows() -> None:
    performance = Performance(UTC)
    for number in range(90):
        performance.add(0.01 if number % 2 else -0.005)
    assert performance.figures.sharpe_long is not None


@pytest.mark.parametrize("seconds", [0, -1, 60, 7 * HOUR_SECONDS, 2 * DAY_SECONDS])
def test_an_interval_that_cannot_be_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match=rf"was {seconds}$"):
        Performance(UTC, seconds)
