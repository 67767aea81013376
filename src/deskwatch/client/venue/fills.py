"""Each fill once, although a venue tells of it several times: in the order's answer, as trades, in a second look.

Way:     an order's progress or a trade by its id → [fills] → what of it is new.
Threads: a lock is held for a few dictionary steps, never while anything is recorded or called.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from deskwatch.client.fork import renew_after_fork

MAX_KEPT: Final = 10_000
"""Orders, and trades, that are remembered; those told of least lately give way. DESIGN.md, "Inside the bot"."""

_ZERO: Final = Decimal(0)

ValueT = TypeVar("ValueT")


class Fill(NamedTuple):
    """What is new.

    Attributes:
        quantity: Units, above 0.
        price: Of one unit.
    """

    quantity: Decimal
    price: Decimal


class _Progress:
    """How far an order was recorded: in all, and by its trades alone; ``before`` was filled before we looked."""

    __slots__ = ("before", "cost", "ended", "ours", "recorded", "traded")

    def __init__(self, before: Decimal) -> None:
        self.before = before
        self.ours = False
        self.ended = False
        self.recorded = self.cost = self.traded = _ZERO


class FillsOnce:
    """Remembers what was recorded of each order.

    An order's answer says how much of it is filled in all, a trade says how much more; both are held against what was
    recorded before, so that in whatever order and however often they come, the quantity is recorded once.
    """

    def __init__(self) -> None:
        self._orders: OrderedDict[str, _Progress] = OrderedDict()
        self._trades: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.RLock()
        renew_after_fork(self)

    def knows(self, order: str) -> bool:
        """Say whether anything of the order was seen."""
        return order in self._orders

    def begin(self, order: str, already_filled: Decimal = _ZERO) -> None:
        """Remember an order that was there before; ``already_filled`` of it is never recorded."""
        with self._lock:
            self._progress(order, already_filled)

    def begin_ours(self, order: str) -> None:
        """Remember an order that was placed here: all of it is new, whatever its time says."""
        with self._lock:
            self._progress(order).ours = True

    def is_ours(self, order: str) -> bool:
        """Say whether the order was placed here."""
        progress = self._orders.get(order)
        return progress is not None and progress.ours

    def end(self, order: str) -> bool:
        """Take note that the order has ended, and say whether that is new."""
        with self._lock:
            progress = self._progress(order)
            new, progress.ended = not progress.ended, True
            return new

    def of_order(self, order: str, filled: Decimal, average: Decimal) -> Fill | None:
        """Return what an order's answer tells anew.

        Args:
            order: Names the order, uniquely.
            filled: How much of it is filled in all (FIX tag 14).
            average: The average price of that (FIX tag 6).
        """
        with self._lock:
            progress = self._progress(order)
            quantity = filled - progress.before - progress.recorded
            if quantity <= 0 or average <= 0:
                return None
            whole = progress.recorded == 0
            price = average if whole else (average * (filled - progress.before) - progress.cost) / quantity
            return self._record(progress, quantity, price if price > 0 else average)

    def of_trade(self, order: str, trade: str, quantity: Decimal, price: Decimal) -> Fill | None:
        """Return what a trade tells anew.

        Args:
            order: Names its order, uniquely.
            trade: Names the trade, uniquely.
            quantity: Of this trade alone (FIX tag 32).
            price: Of one unit (FIX tag 31).
        """
        with self._lock:
            if trade in self._trades:
                self._trades.move_to_end(trade)
                return None
            _remember(self._trades, trade, None)
            progress = self._progress(order)
            progress.traded += quantity
            new = min(quantity, progress.traded - progress.recorded)
            return self._record(progress, new, price) if new > 0 else None

    def after_fork(self) -> None:
        """Take a new lock."""
        self._lock = threading.RLock()

    def _progress(self, order: str, before: Decimal = _ZERO) -> _Progress:
        progress = self._orders.get(order)
        if progress is None:
            return _remember(self._orders, order, _Progress(before))
        self._orders.move_to_end(order)
        return progress

    def _record(self, progress: _Progress, quantity: Decimal, price: Decimal) -> Fill:
        progress.recorded += quantity
        progress.cost += quantity * price
        return Fill(quantity, price)


def _remember(kept: OrderedDict[str, ValueT], key: str, value: ValueT) -> ValueT:
    kept[key] = value
    if len(kept) > MAX_KEPT:
        kept.popitem(last=False)
    return value
