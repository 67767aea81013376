from __future__ import annotations

import math
from decimal import Decimal

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import Registry, TradingMetrics
from deskwatch.client.trading import Ledger

DAY_SECONDS = 86_400
START = 1_641_038_400.0  # 2022-01-01 12:00 UTC

SHARPE_30D = 'trading_sharpe_ratio{strategy="mom",window="30d"}'
SHARPE_90D = 'trading_sharpe_ratio{strategy="mom",window="90d"}'
RETURNS = {
    SHARPE_30D,
    SHARPE_90D,
    *(
        f'trading_{name}{{strategy="mom"}}'
        for name in (
            "sortino_ratio",
            "volatility_ratio",
            "var_95_ratio",
            "cvar_95_ratio",
            "probabilistic_sharpe_ratio",
            "beta_ratio",
        )
    ),
}
FILLS = {
    f'trading_{name}{{strategy="mom"}}'
    for name in (
        "profit_factor",
        "turnover_ratio",
        "trades_per_hour",
        "slippage_ratio",
        "largest_position_ratio",
        "risk_utilization_ratio",
    )
}


class Desk:
    """A strategy with a ledger that has everything, and its exposition."""

    def __init__(self, starting_equity: int | None = 1000) -> None:
        self.registry = Registry()
        ledger = Ledger(
            None if starting_equity is None else Decimal(starting_equity),
            benchmark="BTC",
            exposure_limit=Decimal(500),
        )
        self.metrics = TradingMetrics(
            "mom", registry=self.registry, link=CollectingLink(), clock=ManualSeconds(START), ledger=ledger
        )

    def shown(self) -> dict[str, float]:
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {series: float(value) for series, _, value in samples if series in RETURNS | FILLS}

    def live(self, first_day: int, days: int) -> None:
        """Hold one BTC through days that rise by 2 % and fall by 1 %."""
        for number in range(first_day, first_day + days):
            price = 100 * (1.02 * 0.99) ** (number // 2) * (1.02 if number % 2 else 1.0)
            self.metrics.record_mark("BTC", price, START + number * DAY_SECONDS)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_before_anything_happened_only_what_is_nothing_is_shown(desk: Desk) -> None:
    assert desk.shown() == dict.fromkeys(
        (
            f'trading_{name}{{strategy="mom"}}'
            for name in ("largest_position_ratio", "risk_utilization_ratio", "trades_per_hour", "turnover_ratio")
        ),
        0.0,
    )


def test_an_unknown_equity_shows_no_part_of_it() -> None:
    shown = Desk(starting_equity=None).shown()
    assert set(shown) == {'trading_trades_per_hour{strategy="mom"}', 'trading_risk_utilization_ratio{strategy="mom"}'}


def test_a_day_of_trading_shows_what_the_fills_say(desk: Desk) -> None:
    desk.metrics.record_mark("BTC", 100, START)
    desk.metrics.record_fill("BTC", "BUY", 2, 101)  # 2 of 200 too much
    desk.metrics.record_fill("BTC", "SELL", 1, 110)  # 10 of 100 too much got
    desk.metrics.record_fill("BTC", "SELL", 1, 100)  # the trade gains 8
    desk.metrics.record_fill("ETH", "SELL", 5, 40, fee=2)
    desk.metrics.record_fill("ETH", "BUY", 5, 40, fee=2)  # the trade loses 4
    desk.metrics.record_fill("BTC", "SELL", 3, 100)
    desk.metrics.record_fill("ETH", "BUY", 5, 20)
    equity = 1000 + 8 - 4
    assert desk.shown() == {
        'trading_profit_factor{strategy="mom"}': 2.0,
        'trading_turnover_ratio{strategy="mom"}': pytest.approx((202 + 110 + 100 + 200 + 200 + 300 + 100) / equity),
        'trading_trades_per_hour{strategy="mom"}': 2.0,
        'trading_slippage_ratio{strategy="mom"}': pytest.approx((2 - 10) / (200 + 100 + 100 + 300)),
        'trading_largest_position_ratio{strategy="mom"}': pytest.approx(300 / equity),
        'trading_risk_utilization_ratio{strategy="mom"}': pytest.approx(400 / 500),
    }


def test_figures_of_the_returns_appear_one_after_another(desk: Desk) -> None:
    desk.metrics.record_fill("BTC", "BUY", 1, 100, market_time=START)
    desk.live(0, 3)
    assert not RETURNS & set(desk.shown())
    desk.live(3, 3)
    assert {SHARPE_30D, 'trading_var_95_ratio{strategy="mom"}'} & set(desk.shown()) == set()
    assert 'trading_beta_ratio{strategy="mom"}' in desk.shown()
    desk.live(6, 29)
    assert RETURNS - set(desk.shown()) == {SHARPE_90D}
    desk.live(35, 60)
    assert set(desk.shown()) >= RETURNS


def test_a_tenth_of_the_equity_in_the_benchmark_has_a_beta_of_a_tenth(desk: Desk) -> None:
    desk.metrics.record_fill("BTC", "BUY", 1, 100, market_time=START)
    desk.live(0, 10)
    assert desk.shown()['trading_beta_ratio{strategy="mom"}'] == pytest.approx(0.1, rel=0.05)


def test_a_figure_that_ceased_to_exist_is_not_a_number(desk: Desk) -> None:
    desk.metrics.record_mark("BTC", 100, START)
    desk.metrics.record_fill("BTC", "BUY", 1, 101)
    assert 'trading_slippage_ratio{strategy="mom"}' in desk.shown()
    desk.metrics.record_mark("BTC", 100, START + 2 * DAY_SECONDS)
    assert math.isnan(desk.shown()['trading_slippage_ratio{strategy="mom"}'])
