"""The limits on how many orders are sent: by time, by signal, and of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deskwatch.client.guard.declared import check_count, check_number, check_then
from deskwatch.client.guard.meters import Book, DuplicateMeter, Meter, RateMeter, SignalMeter
from deskwatch.client.guard.state import Allowed, GuardState

MAX_WINDOW_SECONDS: Final = 86_400.0
"""Longest window of a limit, a day; a session's count is a limit of another kind."""


@dataclass(frozen=True, slots=True)
class MaxOrderRate:
    """Refuses an entry, and trips, when too many orders were sent in a sliding window; exits count too.

    Args:
        orders: So many may be sent.
        window_seconds: In so many seconds.
        then: What is let through afterwards; ``None`` only slows the bot down.

    Raises:
        ValueError: A number is out of range.
    """

    orders: int
    window_seconds: float = 1.0  # as venues count, https://interactivebrokers.github.io/tws-api/order_limitations.html
    then: GuardState | None = GuardState.REDUCING

    def __post_init__(self) -> None:
        check_count("MaxOrderRate.orders", self.orders)
        check_number("MaxOrderRate.window_seconds", self.window_seconds, MAX_WINDOW_SECONDS)
        check_then("MaxOrderRate.then", self.then, may_refuse_only=True)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_order_rate"

    @property
    def threshold(self) -> float:
        """Orders in a window."""
        return float(self.orders)

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.ORDER_RATE

    @property
    def warns(self) -> bool:
        """One order is no warning."""
        return self.orders > 1

    def meter(self, book: Book) -> Meter:  # noqa: ARG002  (nothing is shared)
        """Count orders by time."""
        return RateMeter(self.orders, self.window_seconds)

    def describe(self, value: float) -> str:
        """Say how many orders there were."""
        return f"order {value:.0f} within {self.window_seconds:g} s, the limit is {self.orders}"


@dataclass(frozen=True, slots=True)
class MaxOrdersPerSignal:
    """Refuses an entry, and trips, when one signal leads to too many orders; without a ``signal_id`` it only refuses.

    Args:
        orders: So many may carry out one signal.
        then: What is let through afterwards; ``None`` only refuses.

    Raises:
        ValueError: The count is out of range.

    Source: what happens without it, https://www.sec.gov/litigation/admin/2013/34-70694.pdf (Knight Capital)
    """

    orders: int
    then: GuardState | None = GuardState.REDUCING

    def __post_init__(self) -> None:
        check_count("MaxOrdersPerSignal.orders", self.orders)
        check_then("MaxOrdersPerSignal.then", self.then, may_refuse_only=True)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_orders_per_signal"

    @property
    def threshold(self) -> float:
        """Orders of one signal."""
        return float(self.orders)

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.ORDERS_PER_SIGNAL

    @property
    def warns(self) -> bool:
        """One order is no warning."""
        return self.orders > 1

    def meter(self, book: Book) -> Meter:  # noqa: ARG002  (nothing is shared)
        """Count orders by signal."""
        return SignalMeter()

    def describe(self, value: float) -> str:
        """Say how many orders there were."""
        return f"order {value:.0f} of one signal, the limit is {self.orders}"


@dataclass(frozen=True, slots=True)
class NoDuplicateOrder:
    """Refuses an entry of the same symbol, side and size as an order that was sent a moment before.

    Args:
        window_seconds: How long a moment is.
        then: What is let through afterwards; ``None``, the default, only refuses the second order.

    Raises:
        ValueError: The window is out of range.
    """

    window_seconds: float
    then: GuardState | None = None

    def __post_init__(self) -> None:
        check_number("NoDuplicateOrder.window_seconds", self.window_seconds, MAX_WINDOW_SECONDS)
        check_then("NoDuplicateOrder.then", self.then, may_refuse_only=True)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "no_duplicate_order"

    @property
    def threshold(self) -> float:
        """Each order once."""
        return 1.0

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.DUPLICATE_ORDER

    @property
    def warns(self) -> bool:
        """There is nothing between once and twice."""
        return False

    def meter(self, book: Book) -> Meter:  # noqa: ARG002  (nothing is shared)
        """Remember orders by symbol, side and size."""
        return DuplicateMeter(self.window_seconds)

    def describe(self, value: float) -> str:  # noqa: ARG002  (it is always 2)
        """Say what was wrong with the order."""
        return f"the same symbol, side and size twice within {self.window_seconds:g} s"
