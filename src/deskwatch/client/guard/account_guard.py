"""The guard of an account on which several strategies trade: limits on all of them together.

Way:     each strategy's guard → [account guard]: readings summed up, its limits, its gate behind theirs.
Threads: the strategies' readings come from their own threads; a lock is held while they are summed up and judged.
Equity:  the sum of what the strategies' guards read last. A strategy that joins brings its equity along: that is no
         gain, and its leaving, which nobody tells, no loss. Where the strategies share the money, so that each records
         the whole account as its equity, the sum would count it twice: give the account guard a ``TradingMetrics`` of
         its own, and ``record_equity`` there is what its limits are held against from then on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from deskwatch.client.guard.equity_sum import EquitySum
from deskwatch.client.guard.guard import Guard
from deskwatch.client.guard.order_calls import AnyLimit
from deskwatch.client.guard.state import Readings, Trip
from deskwatch.client.link import RecordSink


class AccountGuard(Guard):
    """Holds limits against all strategies of an account together; given to each strategy's ``Guard`` as ``account``.

    Equity, exposure, positions (net of all strategies), orders, rejects, market data and clock are those of all. Once
    it has tripped it refuses the entries of every strategy. One NaN among the equities makes the sum NaN, and trips.

    Args:
        limits: What to hold. ``MinProbabilisticSharpe`` needs returns, which a sum of equities does not have: it only
            works with a ``TradingMetrics`` of the account's own.
        on_trip: As for a ``Guard``; closes the positions of all strategies.
        latch_path: As for a ``Guard``.
        name: The label ``strategy`` of its metrics, and the name of its latch.
        link: As for a ``Guard``.
        clock: As for a ``Guard``.

    Raises:
        ValueError: Two limits have the same name.
    """

    def __init__(
        self,
        limits: Iterable[AnyLimit] = (),
        *,
        on_trip: Callable[[Trip], object] | None = None,
        latch_path: Path | str | None = None,
        name: str = "account",
        link: RecordSink | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(limits, on_trip=on_trip, latch_path=latch_path, name=name, link=link, clock=clock)
        self._sum = EquitySum()
        self._summing = threading.RLock()
        self._currency: str | None = None
        self._has_own_readings = False

    def attach(self, strategy: str, currency: str = "") -> None:
        """Take the readings of a ``TradingMetrics`` of the account's own from now on, instead of the sum."""
        self._has_own_readings = True
        super().attach(strategy, currency)

    def join(self, strategy: str, currency: str) -> None:
        """Take a strategy in.

        Raises:
            ValueError: Its currency is not that of the strategies before it.
        """
        if self._currency not in (None, currency):
            raise ValueError(
                f"the strategies of account {self.name!r} must have one currency, {strategy!r} has {currency!r} "
                f"and those before it {self._currency!r}"
            )
        self._currency = currency
        self._telling.introduce(self)

    def hear(self, guard: Guard, readings: Readings) -> Trip | None:
        """Sum up what a strategy's guard reads now with what the others read last, and judge it."""
        if self._has_own_readings:
            return None
        with self._summing:
            trip = self.judge(self._sum.take(guard, readings))
        self.arm()
        return trip

    def reset(self, reason: str) -> bool:
        """Open the gate again, and count the drawdown from here; see ``Guard.reset``."""
        with self._summing:
            self._sum.begin_anew()
        return super().reset(reason)

    def after_fork(self) -> None:
        """Take new locks."""
        super().after_fork()
        self._summing = threading.RLock()
