"""Measure an order and remember it, in one step; a refused one is undone. What is remembered is bounded.

Way:     gate → [meters] → a number that a limit is held against.
Time:    of the order. A wall clock that is set back by more than a window lets the window begin anew.
Threads: the gate's lock is held in every call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol

from deskwatch.client.guard.holdings import Holdings
from deskwatch.client.guard.order import Order

MAX_REMEMBERED: Final = 10_000
"""Signals and orders in one generation of two: the length of the client's queues (DESIGN)."""

_NAN: Final = float("nan")


@dataclass(slots=True)
class Book:
    """What the meters of one gate share.

    Attributes:
        holdings: Positions and working orders.
        equity: What the account was worth at the last reading; NaN before the first.
        market_seconds: Time of the newest market data, Unix seconds; NaN before the first.
        clock_offset_seconds: How far the clock was off, either way; NaN before the first measurement.
    """

    holdings: Holdings = field(default_factory=Holdings)
    equity: float = _NAN
    market_seconds: float = _NAN
    clock_offset_seconds: float = _NAN


class Meter(Protocol):
    """What an order comes to."""

    def take(self, order: Order) -> float:
        """Return the value that there is with this order, and remember the order; NaN refuses it."""
        ...

    def undo(self, order: Order) -> None:
        """Forget the order that was taken last: it was refused."""
        ...


class Forgetful:
    """A meter that remembers nothing."""

    __slots__ = ()

    def undo(self, order: Order) -> None:
        """There is nothing to forget."""


class RateMeter:
    """Counts the orders of a sliding window; never keeps more than the limit needs.

    Attributes:
        times: When they were sent, oldest first.
        window_seconds: How long the window is.
    """

    __slots__ = ("_dropped", "_most", "times", "window_seconds")

    def __init__(self, most: int, window_seconds: float) -> None:
        self.times: deque[float] = deque()
        self._dropped: float | None = None
        self._most = most
        self.window_seconds = window_seconds

    def take(self, order: Order) -> float:
        """Return the orders of the window, this one included."""
        times, window, now = self.times, self.window_seconds, order.now
        while times and not -window < now - times[0] < window:
            times.popleft()
        self._dropped = times.popleft() if len(times) > self._most else None  # exits may be more than the limit
        times.append(now)
        return len(times)

    def undo(self, order: Order) -> None:  # noqa: ARG002  (it is the last one)
        """Forget the last one."""
        self.times.pop()
        if self._dropped is not None:
            self.times.appendleft(self._dropped)


class SignalMeter:
    """Counts the orders of each signal, in two generations: the older one goes when the newer one is full.

    Attributes:
        newer: Orders by signal.
        older: The same of the generation before.
    """

    __slots__ = ("newer", "older")

    def __init__(self) -> None:
        self.newer: dict[str | int, int] = {}
        self.older: dict[str | int, int] = {}

    def take(self, order: Order) -> float:
        """Return the orders of the signal, this one included; an order of no signal cannot be counted."""
        signal_id, newer = order.signal_id, self.newer
        if signal_id is None:
            return _NAN
        count = newer.get(signal_id)
        if count is None:
            if len(newer) >= MAX_REMEMBERED:
                self.older, self.newer = newer, {}
                newer = self.newer
            count = self.older.get(signal_id, 0)
        count += 1
        newer[signal_id] = count
        return count

    def undo(self, order: Order) -> None:
        """Count one less."""
        if order.signal_id is not None:
            self.newer[order.signal_id] -= 1


class DuplicateMeter:
    """Knows the orders of a window by symbol, side and size, in two generations of a window each.

    Attributes:
        newer: When each was sent, since ``begun``.
        older: The same of the generation before.
        begun: When the newer generation began, Unix seconds.
        ends: When it gives way to the next; before ``begun`` when it has no room left.
    """

    __slots__ = ("_before", "_window_seconds", "begun", "ends", "newer", "older")

    def __init__(self, window_seconds: float) -> None:
        self.newer: dict[tuple[str, float, float], float] = {}
        self.older: dict[tuple[str, float, float], float] = {}
        self.begun = self.ends = 0.0
        self._before: float | None = None
        self._window_seconds = window_seconds

    def take(self, order: Order) -> float:
        """Return 2 for an order that was sent before in the window, else 1."""
        symbol, sign, quantity, _, _, now = order
        window, newer, key = self._window_seconds, self.newer, (symbol, sign, quantity)
        if not -window < now - self.begun < window or len(newer) >= MAX_REMEMBERED:
            self.older, self.newer, self.begun, self.ends = newer, {}, now, now + window
            newer = self.newer
        before = self._before = newer.get(key)
        if before is None:
            before = self.older.get(key)
        newer[key] = now
        return 2.0 if before is not None and -window < now - before < window else 1.0

    def undo(self, order: Order) -> None:
        """Remember only that it was sent before, if it was."""
        key = (order.symbol, order.sign, order.quantity)
        if self._before is None:
            del self.newer[key]
        else:
            self.newer[key] = self._before


class NotionalMeter(Forgetful):
    """Measures the order itself."""

    __slots__ = ()

    def take(self, order: Order) -> float:
        """Return quantity times price."""
        notional = order.quantity * order.price
        return notional if notional > 0 else -notional


class PositionMeter(Forgetful):
    """Measures the position in the order's symbol.

    Attributes:
        symbol: The only one that the limit is about; ``None`` for each.
    """

    __slots__ = ("_holdings", "symbol")

    def __init__(self, book: Book, symbol: str | None) -> None:
        self._holdings = book.holdings
        self.symbol = symbol

    def take(self, order: Order) -> float:
        """Return how large the position may become; 0 for a symbol that the limit is not about."""
        if self.symbol is not None and order.symbol != self.symbol:
            return 0.0
        return self._holdings.position_after


class ExposureMeter(Forgetful):
    """Measures everything that is held or may be.

    Attributes:
        of_equity: Whether it is a ratio and no amount.
    """

    __slots__ = ("_book", "of_equity")

    def __init__(self, book: Book, *, of_equity: bool) -> None:
        self._book = book
        self.of_equity = of_equity

    def take(self, order: Order) -> float:  # noqa: ARG002  (the holdings have it)
        """Return the gross exposure, as an amount or of the equity; NaN without one."""
        book = self._book
        gross = book.holdings.gross_after
        if not self.of_equity:
            return gross
        return gross / book.equity if book.equity > 0 else _NAN


class DataAgeMeter(Forgetful):
    """Measures how old the newest market data is."""

    __slots__ = ("_book",)

    def __init__(self, book: Book) -> None:
        self._book = book

    def take(self, order: Order) -> float:
        """Return the age in seconds; NaN before the first. Data of the future is as wrong as old data."""
        return abs(order.now - self._book.market_seconds)


class ClockMeter(Forgetful):
    """Measures how far the clock is off."""

    __slots__ = ("_book",)

    def __init__(self, book: Book) -> None:
        self._book = book

    def take(self, order: Order) -> float:  # noqa: ARG002  (it is the same for every order)
        """Return the last measurement in seconds."""
        return self._book.clock_offset_seconds
