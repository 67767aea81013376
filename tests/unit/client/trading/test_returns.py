"""The figures against empyrical and quantstats on real prices, and against hand-worked cases."""

from __future__ import annotations

import math
import statistics
from functools import lru_cache
from itertools import islice, pairwise

import empyrical
import numpy as np
import pandas as pd
import pytest
import quantstats.stats
from scipy import stats as scipy_stats

from deskwatch.client.trading.returns import Figures, ReturnStatistics
from deskwatch.demo.prices import bars

SHORT, LONG, PER_YEAR = 200, 500, 365 * 24


@lru_cache(maxsize=1)
def market() -> tuple[float, ...]:
    """Return what BTC-PERP gained in each hour of January 2022."""
    closes = [bar.close for bar in islice(bars(), 0, None, 60)]
    return tuple(after / before - 1 for before, after in pairwise(closes))


@lru_cache(maxsize=1)
def strategy() -> tuple[float, ...]:
    """Return what half of the equity gained in it, long after an hour that rose and short after one that fell."""
    return tuple(math.copysign(0.5, before) * now for before, now in pairwise((0.0, *market())))


@lru_cache(maxsize=1)
def figures() -> Figures:
    """The figures after all hours; the long window has slid by half of its length."""
    statistics_ = ReturnStatistics(SHORT, LONG, PER_YEAR)
    for ratio, benchmark in zip(strategy(), market(), strict=True):
        statistics_.add(ratio, benchmark)
    return statistics_.figures()


def newest(count: int = LONG) -> np.ndarray:
    return np.array(strategy()[-count:])


def dated() -> pd.Series:
    return pd.Series(newest(), index=pd.date_range("2022-01-10", periods=LONG, freq="h"))


def test_the_windows_slide_on_real_prices() -> None:
    assert len(market()) == 750


def test_every_figure_agrees_with_empyrical() -> None:
    long, short = newest(), newest(SHORT)
    agreed = {"rel": 1e-10}
    assert figures().sharpe_short == pytest.approx(empyrical.sharpe_ratio(short, annualization=PER_YEAR), **agreed)
    assert figures().sharpe_long == pytest.approx(empyrical.sharpe_ratio(long, annualization=PER_YEAR), **agreed)
    assert figures().sortino == pytest.approx(empyrical.sortino_ratio(long, annualization=PER_YEAR), **agreed)
    assert figures().volatility == pytest.approx(empyrical.annual_volatility(long, annualization=PER_YEAR), **agreed)
    assert figures().var_95 == pytest.approx(-empyrical.value_at_risk(long), **agreed)
    assert figures().cvar_95 == pytest.approx(-empyrical.conditional_value_at_risk(long), **agreed)
    assert figures().beta == pytest.approx(empyrical.beta_aligned(long, np.array(market()[-LONG:])), **agreed)


def test_the_ratios_agree_with_quantstats() -> None:
    assert figures().sharpe_long == pytest.approx(quantstats.stats.sharpe(dated(), periods=PER_YEAR), rel=1e-10)
    assert figures().sortino == pytest.approx(quantstats.stats.sortino(dated(), periods=PER_YEAR), rel=1e-10)


def test_value_at_risk_is_historical_where_quantstats_is_gaussian() -> None:
    """Theirs is a point of the normal curve with this mean and deviation; the tails of real returns are fatter."""
    theirs = -quantstats.stats.value_at_risk(dated(), prepare_returns=False)
    normal = statistics.NormalDist(newest().mean(), newest().std(ddof=1))
    assert theirs == pytest.approx(-normal.inv_cdf(0.05))
    assert figures().var_95 != pytest.approx(theirs, rel=0.01)


def test_shortfall_agrees_with_quantstats_when_that_is_told_to_be_historical() -> None:
    """It averages what is at or below the 5 % point; of 500 returns that are 25, as many as the worst twentieth."""
    theirs = quantstats.stats.conditional_value_at_risk(dated(), prepare_returns=False, method="historical")
    assert figures().cvar_95 == pytest.approx(-theirs, rel=1e-10)


def test_probabilistic_sharpe_is_the_paper_s_formula() -> None:
    """Bailey and López de Prado 2012, with the moments of scipy and not annualised."""
    long = newest()
    sharpe = long.mean() / long.std(ddof=1)
    skewness, kurtosis = scipy_stats.skew(long), scipy_stats.kurtosis(long, fisher=False)
    score = sharpe * math.sqrt(LONG - 1) / math.sqrt(1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2)
    assert figures().probabilistic_sharpe == pytest.approx(scipy_stats.norm.cdf(score), rel=1e-12)


def test_probabilistic_sharpe_is_quantstats_but_for_the_bias_of_its_moments() -> None:
    """It takes pandas' skewness and kurtosis, corrected for the size of the sample; the paper takes the plain ones."""
    theirs = quantstats.stats.probabilistic_sharpe_ratio(dated(), periods=PER_YEAR)
    assert figures().probabilistic_sharpe == pytest.approx(theirs, rel=1e-4)
    assert figures().probabilistic_sharpe != theirs


def test_a_left_tail_is_believed_less_than_a_right_one() -> None:
    """Two series with the same Sharpe ratio, one the mirror image of the other."""
    left, right = ReturnStatistics(2, 50, 365), ReturnStatistics(2, 50, 365)
    for place in range(50):
        loss = -0.10 if place == 25 else 0.0
        left.add(0.01 + loss)
        right.add(0.006 - loss)  # the mirror image around the same mean of 0.8 %
    believed_left, believed_right = left.figures().probabilistic_sharpe, right.figures().probabilistic_sharpe
    assert left.figures().sharpe_long == pytest.approx(right.figures().sharpe_long)
    assert believed_left is not None
    assert believed_right is not None
    assert believed_left < believed_right


def test_two_returns_worked_by_hand() -> None:
    """3 % and -1 %: mean 1 %, deviation 2.83 %, downside 0.71 %; four intervals a year double a ratio."""
    two = ReturnStatistics(2, 2, 4)
    two.add(0.03)
    two.add(-0.01)
    worked = two.figures()
    assert worked.sharpe_long == pytest.approx(2 * 0.01 / math.sqrt(0.0008))
    assert worked.sortino == pytest.approx(2 * 0.01 / math.sqrt(0.0001 / 2))
    assert worked.volatility == pytest.approx(2 * math.sqrt(0.0008))
    assert worked.probabilistic_sharpe == pytest.approx(statistics.NormalDist().cdf(0.01 / math.sqrt(0.0008)))


def test_a_ratio_over_a_window_waits_until_the_window_is_full() -> None:
    statistics_ = ReturnStatistics(2, 3, 365)
    seen = []
    for ratio in (0.01, -0.02, 0.03):
        statistics_.add(ratio)
        now = statistics_.figures()
        seen.append((now.sharpe_short is not None, now.sharpe_long is not None))
    assert seen == [(False, False), (True, False), (True, True)]


def test_nothing_is_said_of_nothing() -> None:
    assert ReturnStatistics(30, 90, 365).figures() == Figures()


def test_returns_that_are_all_the_same_have_no_ratio() -> None:
    statistics_ = ReturnStatistics(2, 30, 365)
    for _ in range(30):
        statistics_.add(0.01)
    flat = statistics_.figures()
    assert flat == Figures(var_95=pytest.approx(-0.01), cvar_95=pytest.approx(-0.01))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_return_is_left_out(bad: float) -> None:
    statistics_ = ReturnStatistics(2, 3, 365)
    statistics_.add(bad)
    assert statistics_.count == 0
    statistics_.add(0.01, bad)
    statistics_.add(0.02, 0.01)
    assert statistics_.count == 2
    assert statistics_.figures().beta is None


def test_pairs_leave_beta_with_their_returns() -> None:
    statistics_ = ReturnStatistics(2, 3, 365)
    for ratio, benchmark in [(0.5, -0.5), (0.02, 0.01), (0.1, None), (-0.02, -0.01)]:
        statistics_.add(ratio, benchmark)
    assert statistics_.figures().beta == pytest.approx(2.0)


@pytest.mark.parametrize(("short", "long"), [(1, 90), (31, 30), (0, 0)])
def test_windows_that_cannot_be_are_refused(short: int, long: int) -> None:
    with pytest.raises(ValueError, match=f"were {short} and {long}"):
        ReturnStatistics(short, long, 365)
