"""What the bot decides and what becomes of it, apart from fills: signals, latencies, failures, its own kill switches.

Way:     a call in the strategy → [decisions] → registry.
"""

from __future__ import annotations

from typing import Final, Literal

from deskwatch.client import untrusted
from deskwatch.client.figure import set_number
from deskwatch.client.metrics import DropReason
from deskwatch.client.series import Labelled, SeriesT_co
from deskwatch.client.timer import timer
from deskwatch.client.timing import timed
from deskwatch.client.trading.account import Account

OrderStage = Literal["intent_to_ack", "placement", "fill"]

STAGES: Final[frozenset[str]] = frozenset({"intent_to_ack", "placement", "fill"})


class RecordsDecisions:
    """The calls of ``TradingMetrics`` for decisions; none of them raises or waits."""

    _account: Account

    def record_active_signals(self, symbol: str, count: float) -> None:
        """Say how many signals of a symbol are open now."""
        account = self._beaten()
        set_number(account.drops, account.families.decisions.signals_active, count, account.strategy, symbol)

    def record_signal_latency(self, seconds: float) -> None:
        """Record how long a signal took, where ``record_signal`` is not told."""
        self._mine(self._beaten().families.decisions.signal_generation).observe(seconds)

    def time_signal(self) -> timed:
        """Return a timer of a signal: ``with metrics.time_signal():`` or ``@metrics.time_signal()``, async as well."""
        return timer(self.record_signal_latency)

    def record_optimization(self, seconds: float | None = None, *, failed: bool = False) -> None:
        """Record an optimisation of the portfolio.

        Args:
            seconds: How long it took.
            failed: It gave no portfolio.
        """
        decisions = self._beaten().families.decisions
        if seconds is not None:
            self._mine(decisions.optimization).observe(seconds)
        if failed is True:
            self._mine(decisions.optimization_failures).inc()

    def time_optimization(self) -> timed:
        """Return a timer of an optimisation, for a block or a function, async as well."""
        return timer(self.record_optimization)

    def record_order_latency(self, seconds: float, stage: OrderStage = "intent_to_ack") -> None:
        """Record how long a stage of an order took.

        Args:
            seconds: How long.
            stage: ``intent_to_ack`` from the decision to the venue's answer, ``placement`` the sending call, ``fill``
                from sending to the fill; another is dropped and counted.
        """
        account = self._beaten()
        name = untrusted.text(stage)
        if name not in STAGES:
            account.drops.count(DropReason.ORDER)
            return
        account.families.decisions.order_stage_latency.labels(account.strategy, name).observe(seconds)

    def time_order(self, stage: OrderStage = "placement") -> timed:
        """Return a timer of a stage of an order, for a block or a function, async as well."""
        return timer(lambda seconds: self.record_order_latency(seconds, stage))

    def record_order_error(self, error_type: str) -> None:
        """Count an order that failed, by a type such as ``timeout``; keep the types few."""
        account = self._beaten()
        account.families.decisions.order_errors.labels(account.strategy, error_type).inc()

    def record_pending_orders(self, count: float) -> None:
        """Say how many orders wait for a fill."""
        account = self._beaten()
        set_number(account.drops, account.families.decisions.orders_pending, count, account.strategy)

    def record_kill_switch(self, switch: str, active: bool) -> None:
        """Say whether one of the bot's own kill switches is on; what the guard shows of it no longer counts then.

        Args:
            switch: Its name, such as ``pnl``, ``psr`` (probabilistic Sharpe ratio) or ``drawdown``, in any case.
            active: Whether it stops the bot now.
        """
        account = self._beaten()
        name = untrusted.text(switch, untrusted.MAX_NAME_CHARS)
        state = untrusted.number(active)
        if not name or state is None:
            account.drops.count(DropReason.LABELS if not name else DropReason.NOT_A_NUMBER)
            return
        account.switches.tell(name.lower(), 1.0 if state else 0.0)

    def _mine(self, family: Labelled[SeriesT_co]) -> SeriesT_co:
        return family.labels(self._account.strategy)

    def _beaten(self) -> Account:
        self._account.beat()
        return self._account
