"""Figures that the bot works out itself: they stand instead of the ledger's.

Way:     a call in the strategy → [told] → figures.
"""

from __future__ import annotations

from deskwatch.client.trading.account import Account
from deskwatch.client.trading.figures import FigureGauges


class TellsFigures:
    """The calls of ``TradingMetrics`` for a bot that has its own accounting.

    What was told once is shown from then on, and what the ledger says of it no longer is. An argument that is left out
    says nothing; what is no number is dropped and counted. The guard goes on reading the ledger, not what is told:
    ``record_equity`` is how it learns of an account.
    """

    _account: Account

    def record_pnl(
        self,
        *,
        net: float | None = None,
        realized: float | None = None,
        unrealized: float | None = None,
        day: float | None = None,
    ) -> None:
        """Tell what was gained, in the strategy's currency.

        Args:
            net: Since the start, realized or not, after fees.
            realized: By closing, before fees.
            unrealized: What closing everything now would gain.
            day: Since midnight, after fees.
        """
        figures = self._told()
        figures.pnl_net.tell(net)
        figures.pnl_realized.tell(realized)
        figures.pnl_unrealized.tell(unrealized)
        figures.pnl_day.tell(day)

    def record_pnl_ratio(self, period: str, ratio: float) -> None:
        """Tell what was gained in a period, of the equity at its begin.

        Args:
            period: ``day``, ``total`` or another, such as ``week``.
            ratio: 0.01 is one percent.
        """
        self._told().pnl_ratio.tell(period, ratio)

    def record_sharpe(self, ratio: float, window: str = "30d") -> None:
        """Tell the annualised Sharpe ratio over a window, such as ``30d`` or ``90d``."""
        self._told().sharpe.tell(window, ratio)

    def record_drawdown(self, current_ratio: float | None = None, max_ratio: float | None = None) -> None:
        """Tell how far the equity is below its peak, and how far it was at most; 0.1 is ten percent."""
        figures = self._told()
        figures.drawdown.tell(current_ratio)
        figures.drawdown_max.tell(max_ratio)

    def record_exposure(self, gross_ratio: float | None = None, net_ratio: float | None = None) -> None:
        """Tell the exposure, of the equity: gross is the sum of absolute positions, net is negative when short."""
        figures = self._told()
        figures.exposure_gross.tell(gross_ratio)
        figures.exposure_net.tell(net_ratio)

    def record_risk(
        self,
        *,
        volatility_ratio: float | None = None,
        beta: float | None = None,
        var_95_ratio: float | None = None,
        cvar_95_ratio: float | None = None,
        largest_position_ratio: float | None = None,
        risk_utilization_ratio: float | None = None,
    ) -> None:
        """Tell the risk of the portfolio; ratios are of the equity.

        Args:
            volatility_ratio: Deviation of the returns, annualised.
            beta: How the returns follow the benchmark's.
            var_95_ratio: Loss that 95 % of the intervals stay below, positive.
            cvar_95_ratio: Mean loss of the worst 5 %, positive.
            largest_position_ratio: The largest absolute position.
            risk_utilization_ratio: What is used, of what may be.
        """
        figures = self._told()
        figures.volatility.tell(volatility_ratio)
        figures.beta.tell(beta)
        figures.var_95.tell(var_95_ratio)
        figures.cvar_95.tell(cvar_95_ratio)
        figures.largest_position.tell(largest_position_ratio)
        figures.risk_utilization.tell(risk_utilization_ratio)

    def record_results(
        self,
        *,
        win_ratio: float | None = None,
        profit_factor: float | None = None,
        trades_per_hour: float | None = None,
        open_positions: float | None = None,
    ) -> None:
        """Tell how the trades went.

        Args:
            win_ratio: Trades that gained, of all that ended.
            profit_factor: Gained by those that gained, over lost by the others.
            trades_per_hour: Trades that ended in the last hour.
            open_positions: Symbols whose position is not 0.
        """
        figures = self._told()
        figures.win_ratio.tell(win_ratio)
        figures.profit_factor.tell(profit_factor)
        figures.trades_per_hour.tell(trades_per_hour)
        figures.positions_open.tell(open_positions)

    def _told(self) -> FigureGauges:
        self._account.beat()
        return self._account.figures
