"""What a bot asks and tells the guard about its orders; none of these calls raises.

Way:     the bot, before and after an order → [order_calls] → gate → the guard, which trips, warns and tells.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from deskwatch.client import untrusted
from deskwatch.client.guard.counts import GuardCounts
from deskwatch.client.guard.feed_limits import MaxRejects
from deskwatch.client.guard.gate import YES, Gate, Verdict
from deskwatch.client.guard.limits import Limit
from deskwatch.client.guard.order import Order, read_intent, read_name, read_order, read_quantity, read_sign
from deskwatch.client.guard.order_limits import OrderLimit
from deskwatch.client.guard.standing import Standing
from deskwatch.client.guard.state import Allowed, Intent, Trip
from deskwatch.client.guard.watch import Level, Watch
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.untrusted import Amount

if TYPE_CHECKING:
    from deskwatch.client.guard.account_guard import AccountGuard

AnyLimit: TypeAlias = Limit | OrderLimit | MaxRejects
"""What a guard may hold."""

_ENTRY: Final = Intent.ENTRY
_YES: Final = Allowed.YES


class OrderCalls(ABC):
    """The side of a guard that is turned to the orders.

    Args:
        limits: All of the guard's; those on readings are left out.
        standing: Where the guard stands.
        counts: Counts what is refused.
        account: The account's guard, which is asked and told too.
        clock: Gives the wall time in seconds.
        drops: Counts what could not be used.

    Attributes:
        account: As given.
        counts: What was refused, and what tripped.
    """

    def __init__(
        self,
        limits: Sequence[AnyLimit],
        *,
        standing: Standing,
        counts: GuardCounts,
        account: AccountGuard | None,
        clock: Callable[[], float],
        drops: Drops,
    ) -> None:
        self._standing = standing
        self._above = standing if account is None else account._standing  # noqa: SLF001  (the same class)
        self.counts = counts
        self.account = account
        self._clock = clock
        self._drops = drops
        beyond = None if account is None else account._gate  # noqa: SLF001  (as above)
        self._gate: Gate = Gate([limit for limit in limits if isinstance(limit, OrderLimit)], beyond)
        self._rejects = [Watch(limit) for limit in limits if isinstance(limit, MaxRejects)]
        self._row = itertools.count(1)

    @abstractmethod
    def allow(self, intent: str) -> Allowed:
        """Say whether an order may go out by the state alone."""

    @abstractmethod
    def carry_out(self, trip: Trip) -> None:
        """Do what follows a trip."""

    @abstractmethod
    def _trip(self, watch: Watch) -> Trip | None: ...

    @abstractmethod
    def _warn(self, watch: Watch) -> None: ...

    def allow_order(
        self,
        symbol: str,
        side: str,
        quantity: Amount,
        price: Amount,
        *,
        intent: str = Intent.ENTRY,
        signal_id: str | int | None = None,
        now: float | None = None,
    ) -> Allowed:
        """Say whether this order may go out, and why not; never raises.

        The state comes first, as in ``allow``. Then an entry is held against every limit on orders, of the strategy and
        of its account; one that is let through counts as sent in both, one that is refused in neither. An exit is
        counted and stopped by no limit, so that nothing keeps a bot in a position; make it reduce-only at the venue.

        Args:
            symbol: What it is for (FIX tag 55).
            side: ``BUY`` or ``SELL`` (FIX tag 54).
            quantity: Units, above 0 (FIX tag 38).
            price: Its limit price (FIX tag 44), or the market's for a market order.
            intent: ``ENTRY``, ``EXIT`` or ``CANCEL``.
            signal_id: The signal that it carries out; ``MaxOrdersPerSignal`` refuses an entry without one.
            now: Unix seconds, in the time of the market data; by default the clock.
        """
        if intent is not _ENTRY or not (self._standing.entries_open and self._above.entries_open):
            answer = self.allow(intent)
            if answer is not _YES or read_intent(intent) is Intent.CANCEL:
                return answer
        try:
            order = read_order(symbol, side, quantity, price, signal_id, self._clock() if now is None else now)
            if intent is not _ENTRY and read_intent(intent) is Intent.EXIT:
                return self._let_out(order)
            if order is None:
                self._drops.count(DropReason.ORDER)
                return self.counts.refused(Allowed.UNUSABLE_ORDER)
            verdict = self._gate.decide(order)
            if verdict is YES:
                return _YES
            self._follow(verdict)
        except Exception:  # noqa: BLE001  (in doubt closed)
            self._drops.count(DropReason.INTERNAL)
            return self.counts.refused(Allowed.UNUSABLE_ORDER)
        return verdict.final

    def _let_out(self, order: Order | None) -> Allowed:
        if order is None:
            self._drops.count(DropReason.ORDER)
        else:
            self._gate.count(order)
        return Allowed.YES

    def order_filled(self, symbol: str, side: str, quantity: Amount, price: Amount) -> None:
        """Tell of a fill: its units are held from now on, and no longer working.

        Args:
            symbol: What was traded.
            side: ``BUY`` or ``SELL``.
            quantity: Units of this fill alone (FIX tag 32).
            price: Of one unit (FIX tag 31).
        """
        units, sign, name, each = read_quantity(quantity), read_sign(side), read_name(symbol), untrusted.money(price)
        if units is None or sign is None or name is None or each is None:
            self._drops.count(DropReason.FILL)
            return
        self._gate.filled(name, sign, units, float(each))

    def order_closed(self, symbol: str, side: str, quantity: Amount) -> None:
        """Tell that the rest of an order will not be filled: it was cancelled, rejected or has expired.

        Args:
            symbol: What it was for.
            side: ``BUY`` or ``SELL``.
            quantity: Units that were left (FIX tag 151). What is not told here is taken as still working.
        """
        units, sign, name = read_quantity(quantity), read_sign(side), read_name(symbol)
        if units is None or sign is None or name is None:
            self._drops.count(DropReason.ORDER)
            return
        self._gate.ended(name, sign, units)

    def order_accepted(self) -> None:
        """Tell that the venue took an order: a row of rejects ends."""
        self._row = itertools.count(1)
        for watch in self._rejects:
            watch.take(0.0)
        if self.account is not None:
            self.account.order_accepted()

    def order_rejected(self) -> Trip | None:
        """Tell that the venue refused an order; ``order_closed`` tells how large it was.

        Returns:
            The trip, if this was one too many; it has been carried out.
        """
        rejected, trip = float(next(self._row)), None
        for watch in self._rejects:
            trip = self._step(watch, watch.take(rejected))
        if self.account is not None:
            self.account.order_rejected()
        return trip

    def note_position(self, symbol: str, quantity: Amount, price: Amount) -> None:
        """Correct a position to what the venue says, at the start of the bot above all; working orders stay.

        Args:
            symbol: What is held.
            quantity: Units, negative when short.
            price: Of one unit.
        """
        units, each, name = untrusted.money(quantity), untrusted.money(price), read_name(symbol)
        if units is None or each is None or name is None:
            self._drops.count(DropReason.ORDER)
            return
        self._gate.hold(name, float(units), float(each))

    def note_market_time(self, market_time: float) -> None:
        """Tell how new the market data is: Unix seconds; older than the newest changes nothing."""
        seconds = untrusted.unix_seconds(market_time)
        if seconds is None:
            self._drops.count(DropReason.MARKET_TIME)
        elif not seconds <= self._gate.book.market_seconds:  # so put, the first one is newer than NaN
            self._gate.follow_market(seconds)
            if self.account is not None:
                self.account.note_market_time(seconds)

    def note_clock_offset(self, offset_seconds: float) -> Trip | None:
        """Tell how far the clock is off, ahead or behind; what is no number refuses entries.

        Returns:
            The trip, if there was one; it has been carried out.
        """
        if self.account is not None:
            self.account.note_clock_offset(offset_seconds)
        plain = untrusted.finite(offset_seconds)
        if plain is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
            self._gate.follow_clock(math.nan)
            return None
        verdict = self._gate.follow_clock(abs(plain))
        return self._follow(verdict._replace(answer=_YES))  # no order was refused

    def after_fork(self) -> None:
        """Take a new lock."""
        self._gate.after_fork()

    @property
    def _order_watches(self) -> list[Watch]:
        return [*self._gate.watches, *self._rejects]

    def _follow(self, verdict: Verdict) -> Trip | None:
        self.counts.refused(verdict.answer)
        if verdict.beyond is not None and self.account is not None:
            self.account._follow(verdict.beyond)  # noqa: SLF001  (the same class)
        for watch in verdict.warned:
            self._warn(watch)
        return self._step(verdict.tripped, Level.REACHED) if verdict.tripped is not None else None

    def _step(self, watch: Watch, level: Level) -> Trip | None:
        if level is Level.WARN:
            self._warn(watch)
        trip = self._trip(watch) if level is Level.REACHED else None
        if trip is not None:
            self.carry_out(trip)
        return trip
