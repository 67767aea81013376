"""What a strategy gains; ``client/trading/returns`` and ``activity`` say what each figure is."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_STRATEGY: Final = ("strategy",)
_MONEY: Final = ("strategy", "currency")
_CURRENCY: Final = "the strategy's currency"

EQUITY: Final = Metric("trading_equity", "gauge", "What the account is worth.", _MONEY, unit=_CURRENCY)
PNL_REALIZED: Final = Metric("trading_pnl_realized", "gauge", "Gained by closing, before fees.", _MONEY, unit=_CURRENCY)
PNL_UNREALIZED: Final = Metric(
    "trading_pnl_unrealized", "gauge", "What closing at the marks would gain.", _MONEY, unit=_CURRENCY
)
PNL_DAY: Final = Metric("trading_pnl_day", "gauge", "Gained since midnight, after fees.", _MONEY, unit=_CURRENCY)
PNL_NET: Final = Metric(
    "trading_pnl_net", "gauge", "Gained since the start, realized or not, after fees.", _MONEY, unit=_CURRENCY
)
PNL_RATIO: Final = Metric(
    "trading_pnl_ratio",
    "gauge",
    "Gained in the period, of the equity at its begin: day since midnight, total since the start, others as told.",
    ("strategy", "period"),
    unit="ratio",
)
TRADES: Final = Metric(
    "trading_trades_total", "counter", "Trades that ended, by result after fees.", ("strategy", "result")
)
WIN_RATIO: Final = Metric(
    "trading_win_ratio", "gauge", "Trades that gained, of all that ended.", _STRATEGY, unit="ratio"
)
PROFIT_FACTOR: Final = Metric(
    "trading_profit_factor", "gauge", "Gained by trades that gained, over lost by others.", _STRATEGY
)
TRADES_PER_HOUR: Final = Metric(
    "trading_trades_per_hour", "gauge", "Trades that ended in the last hour.", _STRATEGY, unit="1 an hour"
)
TURNOVER_RATIO: Final = Metric(
    "trading_turnover_ratio", "gauge", "Money traded in the last day, of the equity.", _STRATEGY, unit="ratio"
)
SHARPE: Final = Metric(
    "trading_sharpe_ratio", "gauge", "Mean return over its deviation, annualised.", ("strategy", "window")
)
SORTINO: Final = Metric(
    "trading_sortino_ratio", "gauge", "Mean return over its downside deviation, annualised; 90 d.", _STRATEGY
)
PROBABILISTIC_SHARPE: Final = Metric(
    "trading_probabilistic_sharpe_ratio",
    "gauge",
    "Probability that the true Sharpe ratio is above 0; 90 d.",
    _STRATEGY,
    unit="ratio",
)
