"""The gate: one order against all limits on orders, decided and remembered in one step.

Way:     ``Guard.allow_order`` → [gate]: straight way, else limit by limit → answer; sent orders → meters. An order of
         a strategy passes its own gate and then, under its lock, the account's.
Threads: a lock is held while an order is decided, about a microsecond, so that two threads cannot both use the rest of
         a limit. Nothing is written, sent or called under it. The account's lock is always the inner one.
Time:    of the order.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from typing import Final, NamedTuple

from deskwatch.client.guard.feed_limits import MaxClockOffset
from deskwatch.client.guard.meters import Book, Meter
from deskwatch.client.guard.order import Order
from deskwatch.client.guard.order_limits import OrderLimit
from deskwatch.client.guard.state import Allowed
from deskwatch.client.guard.straight import straight_way
from deskwatch.client.guard.watch import Level, Watch

WARN_PAUSE_SECONDS: Final = 60.0
"""Orders of many sizes and symbols take turns, so a limit on orders warns at most so often; a page shows a minute."""


ROUNDING: Final = 1e-9
"""What a sum of floats may be beyond a limit that it was meant to meet; far above 2**-52 and below any lot."""


class Verdict(NamedTuple):
    """What the gate says to an order.

    Attributes:
        answer: The gate's answer.
        tripped: The limit that closes the gate for good, if one does.
        warned: Limits that are nearly used up.
        beyond: What the account's gate says, if it was asked.
    """

    answer: Allowed
    tripped: Watch | None = None
    warned: tuple[Watch, ...] = ()
    beyond: Verdict | None = None

    @property
    def final(self) -> Allowed:
        """The answer of all gates: the first that is no yes."""
        return self.answer if self.beyond is None or self.answer is not Allowed.YES else self.beyond.final


YES: Final = Verdict(Allowed.YES)
"""Yes, and nothing else."""
_BUSY: Final = Verdict(Allowed.UNUSABLE_ORDER)


class Check:
    """One limit, its meter and its last value."""

    __slots__ = ("_in_the_call", "_refused_at", "_warned_at", "limit", "meter", "watch")

    def __init__(self, limit: OrderLimit, meter: Meter) -> None:
        self.limit = limit
        self.meter = meter
        self._refused_at = limit.threshold * (1.0 + ROUNDING)
        self._warned_at = -math.inf
        self.watch = Watch(limit, reached_at=self._refused_at, warn_at=None if limit.warns else self._refused_at)
        self._in_the_call = not isinstance(limit, MaxClockOffset)  # that is followed where it is measured

    def refuses(self, value: float) -> bool:
        """Say whether an order of this value is refused; NaN is."""
        return not value < self._refused_at

    def level(self, value: float, now: float) -> Level:
        """Return what the value means beyond this order. NaN refuses the order but is no proof of anything."""
        if not self._in_the_call or math.isnan(value):
            return Level.QUIET
        level = self.watch.take(value)
        if level is Level.WARN:
            if abs(now - self._warned_at) < WARN_PAUSE_SECONDS:
                return Level.QUIET
            self._warned_at = now
        return level


class Gate:
    """Holds orders against limits.

    Args:
        limits: On orders.
        beyond: The account's gate, which an order must pass as well; one that it refuses is not counted here.

    Attributes:
        book: What the limits are measured by, besides the orders.
    """

    def __init__(self, limits: Iterable[OrderLimit], beyond: Gate | None = None) -> None:
        self.book = Book()
        self._beyond = beyond
        self._checks = [Check(limit, limit.meter(self.book)) for limit in limits]
        self._straight = straight_way(self._checks, self.book, beyond)
        self._is_calm = self._straight is not None  # and no episode of a limit goes on
        self._busy = False
        self._lock = threading.RLock()  # may be entered again, by a signal handler that sends an order

    @property
    def watches(self) -> list[Watch]:
        """The limits with their last values."""
        with self._lock:
            if self._straight is not None and not self._busy:
                self._straight.show()
        return [check.watch for check in self._checks]

    def decide(self, order: Order) -> Verdict:
        """Hold an entry against every limit, and count it if it is let through."""
        with self._lock:
            if self._busy:  # in the middle of an order of the same thread; in doubt closed
                return _BUSY
            self._busy = True
            try:
                if self._is_calm and self._straight.lets(order):  # type: ignore[union-attr]
                    return YES
                return self._ask_each(order)
            finally:
                self._busy = False

    def lets(self, order: Order) -> bool:
        """Let the order pass and count it, if it is far from every limit; else do nothing."""
        with self._lock:
            if self._busy or not self._is_calm:
                return False
            self._busy = True
            try:
                return self._straight.lets(order)  # type: ignore[union-attr]
            finally:
                self._busy = False

    def count(self, order: Order) -> None:
        """Count an order that no limit may stop: an exit."""
        with self._lock:
            if self._busy:
                return
            self._take(order)
            self._go_on()
        if self._beyond is not None:
            self._beyond.count(order)

    def filled(self, symbol: str, sign: float, quantity: float, price: float) -> None:
        """Count a fill."""
        with self._lock:
            self.book.holdings.filled(symbol, sign, quantity, price)
        if self._beyond is not None:
            self._beyond.filled(symbol, sign, quantity, price)

    def ended(self, symbol: str, sign: float, quantity: float) -> None:
        """Count the end of an order, by the part of it that was not filled."""
        with self._lock:
            self.book.holdings.ended(symbol, sign, quantity)
        if self._beyond is not None:
            self._beyond.ended(symbol, sign, quantity)

    def hold(self, symbol: str, units: float, price: float) -> None:
        """Correct a position; the account's moves by as much."""
        with self._lock:
            more = self.book.holdings.hold(symbol, units, price)
        if self._beyond is not None:
            self._beyond.move(symbol, more, price)

    def move(self, symbol: str, units: float, price: float) -> None:
        """Move a position by so many units that were no fill."""
        with self._lock:
            self.book.holdings.move(symbol, units, price)

    def follow_equity(self, equity: float) -> None:
        """Take a new equity."""
        self.book.equity = equity
        if self._straight is not None:
            self._straight.follow_equity()

    def follow_market(self, seconds: float) -> None:
        """Take the time of newer market data."""
        self.book.market_seconds = seconds
        if self._straight is not None:
            self._straight.follow_feeds()

    def follow_clock(self, offset_seconds: float) -> Verdict:
        """Take a measurement of the clock, either way off; NaN is none, and refuses entries."""
        with self._lock:
            self.book.clock_offset_seconds = offset_seconds
            if self._straight is not None:
                self._straight.follow_feeds()
            if math.isnan(offset_seconds):
                return YES
            for check in self._checks:
                if isinstance(check.limit, MaxClockOffset):
                    return _followed(check, check.watch.take(offset_seconds))
            return YES

    def after_fork(self) -> None:
        """Take a new lock; what was counted is the parent's."""
        self._lock = threading.RLock()
        self._busy = False  # an order that another thread was deciding stays with the parent

    def _ask_each(self, order: Order) -> Verdict:
        verdict, now = YES, order.now
        for check, value in zip(self._checks, self._take(order), strict=True):
            if value < check.watch.calm_below:
                check.watch.value = value
            else:
                verdict = _worse(verdict, check, value, now)
        if verdict.answer is Allowed.YES and self._beyond is not None:
            verdict = verdict._replace(beyond=self._ask_beyond(self._beyond, order))
        if verdict.final is not Allowed.YES:
            self._undo(order)
        self._go_on()
        return verdict

    def _ask_beyond(self, beyond: Gate, order: Order) -> Verdict:
        try:
            return beyond.decide(order)
        except Exception:  # a limit of the user's own; the order is refused, so it is not counted here
            self._undo(order)
            raise

    def _go_on(self) -> None:
        if self._straight is not None:
            self._straight.resume()
            self._is_calm = all(check.watch.is_calm for check in self._checks)

    def _take(self, order: Order) -> list[float]:
        symbol, sign, quantity, price, _, _ = order
        self.book.holdings.sent(symbol, sign, quantity, price)
        return [check.meter.take(order) for check in self._checks]

    def _undo(self, order: Order) -> None:
        self.book.holdings.undo(order.symbol)
        for check in self._checks:
            check.meter.undo(order)


def _worse(verdict: Verdict, check: Check, value: float, now: float) -> Verdict:
    level = check.level(value, now)
    if level is Level.WARN:
        verdict = verdict._replace(warned=(*verdict.warned, check.watch))
    if not check.refuses(value):
        return verdict
    check.watch.value = value
    trips = level is Level.REACHED and check.watch.severity > 0
    if trips and (verdict.tripped is None or check.watch.severity > verdict.tripped.severity):
        return verdict._replace(answer=check.limit.refusal, tripped=check.watch)
    return verdict if verdict.answer is not Allowed.YES else verdict._replace(answer=check.limit.refusal)


def _followed(check: Check, level: Level) -> Verdict:
    if level is Level.REACHED and check.watch.severity > 0:
        return Verdict(check.limit.refusal, tripped=check.watch)
    return Verdict(Allowed.YES, warned=(check.watch,) if level is Level.WARN else ())
