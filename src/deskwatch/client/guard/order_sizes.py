"""The limits on how much is at stake: in one order, in one symbol, in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deskwatch.client.guard.declared import check_either, check_name, check_number, check_then
from deskwatch.client.guard.meters import Book, ExposureMeter, Meter, NotionalMeter, PositionMeter
from deskwatch.client.guard.state import Allowed, GuardState

MAX_EXPOSURE_RATIO: Final = 1000.0
"""Beyond a thousand times the equity the number was meant as something else."""


@dataclass(frozen=True, slots=True)
class MaxOrderNotional:
    """Refuses an entry that is too large.

    Args:
        amount: Quantity times price, in the account's currency.
        then: What is let through afterwards; ``None``, the default, only refuses the order.

    Raises:
        ValueError: The amount is not above 0.
    """

    amount: float
    then: GuardState | None = None

    def __post_init__(self) -> None:
        check_number("MaxOrderNotional.amount", self.amount)
        check_then("MaxOrderNotional.then", self.then, may_refuse_only=True)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_order_notional"

    @property
    def threshold(self) -> float:
        """The amount."""
        return self.amount

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.ORDER_NOTIONAL

    @property
    def warns(self) -> bool:
        """It warns."""
        return True

    def meter(self, book: Book) -> Meter:  # noqa: ARG002  (nothing is shared)
        """Measure the order alone."""
        return NotionalMeter()

    def describe(self, value: float) -> str:
        """Say how large the order was."""
        return f"an order of {value:,.2f}, the limit is {self.amount:,.2f}"


@dataclass(frozen=True, slots=True)
class MaxPosition:
    """Refuses an entry that could make a position too large, long or short, once all orders of its side are filled.

    Args:
        quantity: Units of one symbol.
        symbol: Which; by default each.
        then: What is let through afterwards; ``None``, the default, only refuses the order.

    Raises:
        ValueError: The quantity is not above 0, or the symbol is empty.
    """

    quantity: float
    symbol: str | None = None
    then: GuardState | None = None

    def __post_init__(self) -> None:
        check_number("MaxPosition.quantity", self.quantity)
        if self.symbol is not None:
            check_name("MaxPosition.symbol", self.symbol)
        check_then("MaxPosition.then", self.then, may_refuse_only=True)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_position" if self.symbol is None else f"max_position_{self.symbol}"

    @property
    def threshold(self) -> float:
        """The quantity."""
        return self.quantity

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.POSITION

    @property
    def warns(self) -> bool:
        """It warns."""
        return True

    def meter(self, book: Book) -> Meter:
        """Measure by what the gate was told of orders and fills."""
        return PositionMeter(book, self.symbol)

    def describe(self, value: float) -> str:
        """Say how large the position would be."""
        return f"a position of {value:g} units, the limit is {self.quantity:g}"


@dataclass(frozen=True, slots=True)
class MaxExposure:
    """Refuses an entry that could make the gross exposure too large: the sum of all positions without their signs.

    Args:
        ratio: Of the equity at the last reading: 2 is twice the equity. Unknown equity, or none, refuses.
        amount: In the account's currency, instead of a ratio.
        then: What is let through afterwards; ``None``, the default, only refuses the order.

    Raises:
        ValueError: Not exactly one of ratio and amount was given, or it is out of range.
    """

    ratio: float | None = None
    amount: float | None = None
    then: GuardState | None = None

    def __post_init__(self) -> None:
        check_either("MaxExposure", self.ratio, self.amount, MAX_EXPOSURE_RATIO)
        check_then("MaxExposure.then", self.then, may_refuse_only=True)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_exposure"

    @property
    def threshold(self) -> float:
        """The ratio, or the amount."""
        return self.ratio if self.ratio is not None else self.amount or 0.0

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.EXPOSURE

    @property
    def warns(self) -> bool:
        """It warns."""
        return True

    def meter(self, book: Book) -> Meter:
        """Measure by what the gate was told of orders, fills and equity."""
        return ExposureMeter(book, of_equity=self.ratio is not None)

    def describe(self, value: float) -> str:
        """Say how large the exposure would be."""
        if self.ratio is not None:
            return f"a gross exposure of {value:.2%} of the equity, the limit is {self.ratio:.2%}"
        return f"a gross exposure of {value:,.2f}, the limit is {self.amount:,.2f}"
