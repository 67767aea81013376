"""Show the ledger's statistics as gauges, each from when its figure exists.

Way:     a scrape → account → [figures]: ledger → gauges.
Threads: the scrape's; the ledger goes on meanwhile. The figures of the returns are one value, the others are sums.
"""

from __future__ import annotations

import math

from deskwatch.client.metrics import Family, Gauge
from deskwatch.client.trading.families import FigureFamilies
from deskwatch.client.trading.ledger import Ledger


class Figure:
    """A series that is absent until there is something to show.

    A figure that existed and no longer does is NaN, as Prometheus has 0/0: a series cannot be taken back, and the old
    value would be a lie.

    Args:
        family: The metric.
        labels: The values of its labels.
    """

    __slots__ = ("_family", "_gauge", "_labels")

    def __init__(self, family: Family[Gauge], *labels: str) -> None:
        self._family = family
        self._labels = labels
        self._gauge: Gauge | None = None

    def show(self, value: float | None) -> None:
        """Set the series; ``None`` is a figure that does not exist."""
        if self._gauge is not None:
            self._gauge.set(math.nan if value is None else value)
        elif value is not None:
            self._gauge = self._family.labels(*self._labels)
            self._gauge.set(value)


class FigureGauges:
    """The statistics of one strategy.

    Args:
        families: Where they are declared.
        strategy: The label ``strategy``.
    """

    def __init__(self, families: FigureFamilies, strategy: str) -> None:
        self._sharpe_short = Figure(families.sharpe, strategy, "30d")
        self._sharpe_long = Figure(families.sharpe, strategy, "90d")
        self._sortino = Figure(families.sortino, strategy)
        self._volatility = Figure(families.volatility, strategy)
        self._var_95 = Figure(families.var_95, strategy)
        self._cvar_95 = Figure(families.cvar_95, strategy)
        self._probabilistic_sharpe = Figure(families.probabilistic_sharpe, strategy)
        self._beta = Figure(families.beta, strategy)
        self._profit_factor = Figure(families.profit_factor, strategy)
        self._turnover = Figure(families.turnover, strategy)
        self._trades_per_hour = Figure(families.trades_per_hour, strategy)
        self._slippage = Figure(families.slippage, strategy)
        self._largest_position = Figure(families.largest_position, strategy)
        self._risk_utilization = Figure(families.risk_utilization, strategy)

    def show(self, ledger: Ledger, unix_seconds: float) -> None:
        """Set the gauges as of this time."""
        self._show_returns(ledger)
        activity = ledger.activity
        self._profit_factor.show(activity.profit_factor)
        self._turnover.show(ledger.turnover_ratio(unix_seconds))
        self._trades_per_hour.show(activity.trades_per_hour(unix_seconds))
        self._slippage.show(activity.slippage_ratio(unix_seconds))
        self._largest_position.show(ledger.largest_position_ratio if ledger.equity_known else None)
        self._risk_utilization.show(ledger.risk_utilization_ratio)

    def _show_returns(self, ledger: Ledger) -> None:
        figures = ledger.performance.figures
        self._sharpe_short.show(figures.sharpe_short)
        self._sharpe_long.show(figures.sharpe_long)
        self._sortino.show(figures.sortino)
        self._volatility.show(figures.volatility)
        self._var_95.show(figures.var_95)
        self._cvar_95.show(figures.cvar_95)
        self._probabilistic_sharpe.show(figures.probabilistic_sharpe)
        self._beta.show(figures.beta)
