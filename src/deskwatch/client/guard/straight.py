"""The straight way through the gate: one function for an order that is far from every limit.

Way:     gate → [straight]: yes and counted, or no and nothing has happened; then the gate asks limit by limit.
Why:     a call a limit is most of what the gate costs, and nearly every order is far from all of them. Far means that
         nothing would be warned of, nothing refused, and nothing remembered but the order itself; a test holds both
         ways against each other.
Threads: the gate's lock is held in every call.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from deskwatch.client.guard.meters import (
    MAX_REMEMBERED,
    Book,
    ClockMeter,
    DataAgeMeter,
    DuplicateMeter,
    ExposureMeter,
    Meter,
    NotionalMeter,
    PositionMeter,
    RateMeter,
    SignalMeter,
)
from deskwatch.client.guard.order import Order
from deskwatch.client.guard.watch import Watch

_REMEMBER: Final = (RateMeter, SignalMeter, DuplicateMeter)
_KNOWN: Final = frozenset({*_REMEMBER, NotionalMeter, PositionMeter, ExposureMeter, DataAgeMeter, ClockMeter})


class Measured(Protocol):
    """A limit's meter and its watch."""

    @property
    def meter(self) -> Meter:
        """What measures."""
        ...

    @property
    def watch(self) -> Watch:
        """What follows the values."""
        ...


class Beyond(Protocol):
    """The gate that an order must pass next."""

    def lets(self, order: Order) -> bool:
        """Let the order pass if it is far from every limit there."""
        ...


class StraightWay:
    """Thresholds that were read from the limits when they were declared, ready to be compared.

    Args:
        checks: The limits; at most one of each kind that remembers orders.
        book: What their meters share.
        beyond: The gate that an order must pass next.
    """

    __slots__ = (
        "_age_calm",
        "_beyond",
        "_book",
        "_checks",
        "_clock_calm",
        "_duplicates",
        "_exposure_calm",
        "_fresh_from",
        "_fresh_until",
        "_gross_calm",
        "_holdings",
        "_last",
        "_most",
        "_notional_calm",
        "_of_equity",
        "_position_calm",
        "_room",
        "_signal_calm",
        "_signals",
        "_times",
        "_window_seconds",
    )

    def __init__(self, checks: Sequence[Measured], book: Book, beyond: Beyond | None) -> None:
        self._checks = checks
        self._book = book
        self._beyond = beyond
        self._holdings = book.holdings
        self._last: Order | None = None
        self._room = 0
        self._read_sizes(checks)
        self._read_counts(checks)
        self._age_calm = _calm(checks, DataAgeMeter)
        self._clock_calm = _calm(checks, ClockMeter)
        self._fresh_from = self._fresh_until = math.nan
        self.follow_feeds()
        self.follow_equity()

    def _read_sizes(self, checks: Sequence[Measured]) -> None:
        exposures = [check.meter for check in checks if isinstance(check.meter, ExposureMeter)]
        self._of_equity = any(meter.of_equity for meter in exposures)
        self._exposure_calm = self._gross_calm = _calm(checks, ExposureMeter)
        self._notional_calm = _calm(checks, NotionalMeter)
        self._position_calm = [
            (check.meter.symbol, check.watch.calm_below) for check in checks if isinstance(check.meter, PositionMeter)
        ]
        self._holdings.calm_of = self._calm_units

    def _read_counts(self, checks: Sequence[Measured]) -> None:
        rate = next((check.meter for check in checks if isinstance(check.meter, RateMeter)), None)
        # A queue without room forgets at once: no branch where orders are not counted by time.
        self._times: deque[float] = rate.times if rate is not None else deque(maxlen=0)
        self._window_seconds = rate.window_seconds if rate is not None else math.inf
        self._most = _calm(checks, RateMeter) - 1.0
        self._signals = next((check.meter for check in checks if isinstance(check.meter, SignalMeter)), None)
        self._signal_calm = _calm(checks, SignalMeter) - 1.0
        self._duplicates = next((check.meter for check in checks if isinstance(check.meter, DuplicateMeter)), None)

    def _calm_units(self, symbol: str) -> float:
        return min((calm for only, calm in self._position_calm if only in (None, symbol)), default=math.inf)

    def follow_equity(self) -> None:
        """Take up a new equity; without one no order is far from a limit on exposure."""
        if self._of_equity:
            equity = self._book.equity
            self._gross_calm = self._exposure_calm * equity if equity > 0 else -math.inf

    def follow_feeds(self) -> None:
        """Take up newer market data, or a measurement of the clock: orders of these times may pass."""
        newest, calm = self._book.market_seconds, self._age_calm
        if self._clock_calm < math.inf and not self._book.clock_offset_seconds < self._clock_calm:
            self._fresh_from = self._fresh_until = math.nan  # nothing compares with it
        elif calm == math.inf:
            self._fresh_from, self._fresh_until = -math.inf, math.inf
        else:
            self._fresh_from, self._fresh_until = newest - calm, newest + calm

    def lets(self, order: Order) -> bool:
        """Let the order pass and count it, if it is far from every limit; else do nothing.

        It is one piece because each call in it would cost a twentieth of the whole.
        """
        symbol, sign, quantity, price, signal_id, now = order
        holdings, times = self._holdings, self._times
        signals, duplicates = self._signals, self._duplicates
        holding = holdings.by_symbol.get(symbol)
        if holding is None:
            return False
        if sign > 0.0:
            buying, selling = holding.buying + quantity, holding.selling
            after = long = holding.held + buying
            short = selling - holding.held
        else:
            buying, selling = holding.buying, holding.selling + quantity
            after = short = selling - holding.held
            long = holding.held + buying
        worst = (long if long > short else short) * price  # noqa: FURB136  (as said above)
        gross = holdings.gross + worst - holding.worst
        while times and not -self._window_seconds < now - times[0] < self._window_seconds:
            times.popleft()
        sent = 0 if signals is None else signals.newer.get(signal_id) or signals.older.get(signal_id, 0)  # type: ignore[arg-type]
        key = (symbol, sign, quantity)
        if not (
            0.0 < quantity * price < self._notional_calm
            and after < holding.calm_below
            and gross < self._gross_calm
            and self._fresh_from < now < self._fresh_until
            and len(times) < self._most
            and sent < self._signal_calm
            and (signals is None or signal_id is not None)
            and (duplicates is None or (key not in duplicates.newer and key not in duplicates.older))
            and (duplicates is None or duplicates.begun <= now < duplicates.ends)
            and self._room > 0
            and (self._beyond is None or self._beyond.lets(order))
        ):
            return False
        holding.buying, holding.selling, holding.price, holding.worst = buying, selling, price, worst
        holdings.gross = gross
        times.append(now)
        if signals is not None:
            signals.newer[signal_id] = sent + 1  # type: ignore[index]
        if duplicates is not None:
            duplicates.newer[key] = now
        self._last = order
        self._room -= 1
        return True

    def resume(self) -> None:
        """Go on after an order that went another way: it has set the watches, and made room or taken it."""
        self._last = None
        kept = [meter.newer for meter in (self._signals, self._duplicates) if meter is not None]
        self._room = MAX_REMEMBERED - max(map(len, kept), default=0)

    def show(self) -> None:
        """Give the watches the values of the last order, if it went this way."""
        order, self._last = self._last, None
        if order is None:
            return
        self._holdings.recall(order.symbol, order.sign)
        for check in self._checks:
            meter = check.meter
            if isinstance(meter, RateMeter):
                check.watch.value = float(sum(abs(order.now - one) < meter.window_seconds for one in meter.times))
            elif isinstance(meter, SignalMeter):
                check.watch.value = float(meter.newer.get(order.signal_id, 0))  # type: ignore[arg-type]
            elif isinstance(meter, DuplicateMeter):
                check.watch.value = 1.0
            elif not isinstance(meter, ClockMeter):  # that is followed where it is measured
                check.watch.value = meter.take(order)  # these remember nothing


def straight_way(checks: Sequence[Measured], book: Book, beyond: Beyond | None) -> StraightWay | None:
    """Return the way through these limits, or ``None`` if one of them measures in a way of its own."""
    kinds = [type(check.meter) for check in checks]
    if any(kind not in _KNOWN for kind in kinds) or any(kinds.count(kind) > 1 for kind in _REMEMBER):
        return None
    return StraightWay(checks, book, beyond)


def _calm(checks: Iterable[Measured], kind: type[Meter]) -> float:
    return min((check.watch.calm_below for check in checks if isinstance(check.meter, kind)), default=math.inf)
