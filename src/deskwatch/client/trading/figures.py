"""Show the ledger's figures as gauges, each from when it exists; what the bot tells itself stands instead.

Way:     a scrape → account → [figures]: ledger → gauges.
Threads: the scrape's; the ledger goes on meanwhile. The figures of the returns are one value, the others are sums.
"""

from __future__ import annotations

from decimal import Decimal

from deskwatch.client.figure import Figure, Figures
from deskwatch.client.metrics import Drops
from deskwatch.client.trading.families import FigureFamilies
from deskwatch.client.trading.instrument import MONEY
from deskwatch.client.trading.ledger import Ledger


class FigureGauges:
    """The figures of one strategy.

    Args:
        families: Where they are declared.
        drops: Counts what is told and cannot be used.
        strategy: The label ``strategy``.
        currency: The label ``currency``.
    """

    def __init__(self, families: FigureFamilies, drops: Drops, strategy: str, currency: str) -> None:
        self._start_equity: Decimal | None = None
        self.pnl_realized = Figure(drops, families.pnl_realized, strategy, currency)
        self.pnl_unrealized = Figure(drops, families.pnl_unrealized, strategy, currency)
        self.pnl_day = Figure(drops, families.pnl_day, strategy, currency)
        self.pnl_net = Figure(drops, families.pnl_net, strategy, currency)
        self.pnl_ratio = Figures(drops, families.pnl_ratio, strategy)
        self.sharpe = Figures(drops, families.sharpe, strategy)
        self.drawdown = Figure(drops, families.drawdown, strategy)
        self.drawdown_max = Figure(drops, families.drawdown_max, strategy)
        self.win_ratio = Figure(drops, families.win_ratio, strategy)
        self.exposure_gross = Figure(drops, families.exposure_gross, strategy)
        self.exposure_net = Figure(drops, families.exposure_net, strategy)
        self.sortino = Figure(drops, families.sortino, strategy)
        self.volatility = Figure(drops, families.volatility, strategy)
        self.var_95 = Figure(drops, families.var_95, strategy)
        self.cvar_95 = Figure(drops, families.cvar_95, strategy)
        self.probabilistic_sharpe = Figure(drops, families.probabilistic_sharpe, strategy)
        self.beta = Figure(drops, families.beta, strategy)
        self.profit_factor = Figure(drops, families.profit_factor, strategy)
        self.turnover = Figure(drops, families.turnover, strategy)
        self.trades_per_hour = Figure(drops, families.trades_per_hour, strategy)
        self.slippage = Figure(drops, families.slippage, strategy)
        self.largest_position = Figure(drops, families.largest_position, strategy)
        self.risk_utilization = Figure(drops, families.risk_utilization, strategy)
        self.positions_open = Figure(drops, families.positions_open, strategy)

    def note_equity(self, ledger: Ledger) -> None:
        """Remember what the account was worth before its first fill, once that is known."""
        if self._start_equity is None and ledger.equity_known:
            self._start_equity = MONEY.subtract(ledger.equity, _pnl_of_fills(ledger))

    def show(self, ledger: Ledger, unix_seconds: float) -> None:
        """Set the gauges as of this time."""
        self._show_gains(ledger)
        self._show_returns(ledger)
        activity = ledger.activity
        self.drawdown.show(ledger.drawdown_ratio)
        self.drawdown_max.show(ledger.max_drawdown_ratio)
        self.win_ratio.show(ledger.win_ratio)
        self.exposure_gross.show(ledger.gross_exposure_ratio)
        self.exposure_net.show(ledger.net_exposure_ratio)
        self.profit_factor.show(activity.profit_factor)
        self.turnover.show(ledger.turnover_ratio(unix_seconds))
        self.trades_per_hour.show(activity.trades_per_hour(unix_seconds))
        self.slippage.show(activity.slippage_ratio(unix_seconds))
        self.largest_position.show(ledger.largest_position_ratio if ledger.equity_known else None)
        self.risk_utilization.show(ledger.risk_utilization_ratio)

    def _show_gains(self, ledger: Ledger) -> None:
        self.pnl_realized.show(ledger.realized_pnl)
        self.pnl_unrealized.show(ledger.unrealized_pnl)
        self.pnl_day.show(ledger.pnl_day)
        start = self._start_equity
        net = _pnl_of_fills(ledger) if start is None else MONEY.subtract(ledger.equity, start)
        self.pnl_net.show(net)
        self.pnl_ratio.show("total", _ratio(net, start))
        self.pnl_ratio.show("day", _ratio(ledger.pnl_day, ledger.day_start_equity if ledger.equity_known else None))

    def _show_returns(self, ledger: Ledger) -> None:
        figures = ledger.performance.figures
        self.sharpe.show("30d", figures.sharpe_short)
        self.sharpe.show("90d", figures.sharpe_long)
        self.sortino.show(figures.sortino)
        self.volatility.show(figures.volatility)
        self.var_95.show(figures.var_95)
        self.cvar_95.show(figures.cvar_95)
        self.probabilistic_sharpe.show(figures.probabilistic_sharpe)
        self.beta.show(figures.beta)


def _pnl_of_fills(ledger: Ledger) -> Decimal:
    gained = MONEY.add(MONEY.add(ledger.realized_pnl, ledger.unrealized_pnl), ledger.funding)
    return MONEY.subtract(gained, ledger.fees)


def _ratio(gained: Decimal, start: Decimal | None) -> float | None:
    return None if start is None or start <= 0 else float(MONEY.divide(gained, start))
