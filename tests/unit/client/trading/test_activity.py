from __future__ import annotations

from decimal import Decimal

import pytest
import quantstats.stats
from pandas import Series

from deskwatch.client.trading.activity import Activity

NOON = 1_641_038_400.0


def test_profit_factor_worked_by_hand_and_by_quantstats() -> None:
    activity = Activity()
    gains = [30, -10, 25, -12, 0]
    for gain in gains:
        activity.end_trade(NOON, Decimal(gain))
    assert activity.profit_factor == 55 / 22
    assert activity.profit_factor == quantstats.stats.profit_factor(Series(gains), prepare_returns=False)


def test_there_is_no_profit_factor_until_a_trade_has_lost() -> None:
    activity = Activity()
    assert activity.profit_factor is None
    activity.end_trade(NOON, Decimal(10))
    assert activity.profit_factor is None


def test_slippage_weighs_by_money_and_knows_the_side() -> None:
    """100 bought at 101 for a mark of 100, then 50 sold at 200 for 198, then 10 sold at 99 for 100."""
    activity = Activity()
    activity.fill(NOON, Decimal(100 * 101), Decimal(100 * 100))
    assert activity.slippage_ratio(NOON) == pytest.approx(100 / 10_000)
    activity.fill(NOON, Decimal(-50 * 200), Decimal(-50 * 198))
    assert activity.slippage_ratio(NOON) == pytest.approx(0.0)
    activity.fill(NOON, Decimal(-10 * 99), Decimal(-10 * 100))
    assert activity.slippage_ratio(NOON) == pytest.approx(10 / (10_000 + 9_900 + 1_000))


def test_a_fill_without_a_mark_before_it_slips_nowhere_but_is_traded() -> None:
    activity = Activity()
    activity.fill(NOON, Decimal(-100), None)
    assert activity.slippage_ratio(NOON) is None
    assert activity.turnover(NOON) == 100


def test_a_day_later_nothing_was_traded_and_nothing_slipped() -> None:
    activity = Activity()
    activity.fill(NOON, Decimal(100), Decimal(98))
    assert activity.turnover(NOON + 86_400) == 0
    assert activity.slippage_ratio(NOON + 86_400) is None


def test_trades_per_hour_are_those_of_the_last_hour() -> None:
    activity = Activity()
    for minute in range(0, 120, 10):
        activity.end_trade(NOON + minute * 60, Decimal(1))
    assert activity.trades_per_hour(NOON + 110 * 60) == 6
