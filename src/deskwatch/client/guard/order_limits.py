"""What a limit on orders is.

The threshold itself may be used up; an order that goes beyond it is refused. With ``then`` the guard also trips: that
is the default where only a strategy gone wrong gets so far, such as its order rate. A limit on size refuses the one
order and leaves it at that.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from deskwatch.client.guard.limits import Threshold
from deskwatch.client.guard.meters import Book, Meter
from deskwatch.client.guard.state import Allowed


@runtime_checkable
class OrderLimit(Threshold, Protocol):
    """What the gate holds an order against; going beyond the threshold refuses it."""

    @property
    def refusal(self) -> Allowed:
        """The gate's answer to an order that goes beyond it."""
        ...

    @property
    def warns(self) -> bool:
        """Whether 80 % of it means anything: not for a count that may only be 1."""
        ...

    def meter(self, book: Book) -> Meter:
        """Return what measures the orders of one gate."""
        ...
