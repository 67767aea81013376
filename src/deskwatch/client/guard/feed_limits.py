"""The limits on what the bot lives from: its market data, its clock, and a venue that takes its orders."""

from __future__ import annotations

from dataclasses import dataclass

from deskwatch.client.guard.declared import (
    AT_ONCE,
    Confirm,
    check_confirm,
    check_count,
    check_number,
    check_then,
)
from deskwatch.client.guard.meters import Book, ClockMeter, DataAgeMeter, Meter
from deskwatch.client.guard.state import Allowed, GuardState


@dataclass(frozen=True, slots=True)
class MaxDataAge:
    """Refuses an entry while the newest market data is too old, or none was seen yet.

    Args:
        seconds: Between the time of the data and the order; data that is so far in the future is refused too.
        then: What is let through afterwards; ``None``, the default, refuses until there is newer data.
        confirm: At how many orders the data must be too old before it trips; it is refused at once.

    Raises:
        ValueError: The age is not above 0.
    """

    seconds: float
    then: GuardState | None = None
    confirm: Confirm = AT_ONCE

    def __post_init__(self) -> None:
        check_number("MaxDataAge.seconds", self.seconds)
        check_then("MaxDataAge.then", self.then, may_refuse_only=True)
        check_confirm("MaxDataAge.confirm", self.confirm)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_data_age"

    @property
    def threshold(self) -> float:
        """The age in seconds."""
        return self.seconds

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.DATA_AGE

    @property
    def warns(self) -> bool:
        """It warns."""
        return True

    def meter(self, book: Book) -> Meter:
        """Measure by the time that the gate was told."""
        return DataAgeMeter(book)

    def describe(self, value: float) -> str:
        """Say how old the data is."""
        return f"market data {value:.3f} s old, the limit is {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class MaxClockOffset:
    """Refuses an entry while the clock is too far off, or was not measured yet.

    Args:
        seconds: Between the clock and the venue's, either way. Binance refuses an order that is 1 s ahead of its clock
            or more than ``recvWindow`` (5 s) behind.
        then: What is let through afterwards; ``None``, the default, refuses until the clock is right again.
        confirm: How many measurements must agree before it trips; it is refused at once.

    Raises:
        ValueError: The offset is not above 0.

    Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security
    """

    seconds: float = 1.0
    then: GuardState | None = None
    confirm: Confirm = AT_ONCE

    def __post_init__(self) -> None:
        check_number("MaxClockOffset.seconds", self.seconds)
        check_then("MaxClockOffset.then", self.then, may_refuse_only=True)
        check_confirm("MaxClockOffset.confirm", self.confirm)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_clock_offset"

    @property
    def threshold(self) -> float:
        """The offset in seconds."""
        return self.seconds

    @property
    def refusal(self) -> Allowed:
        """The gate's answer."""
        return Allowed.CLOCK_OFFSET

    @property
    def warns(self) -> bool:
        """It warns, at the measurement."""
        return True

    def meter(self, book: Book) -> Meter:
        """Measure by the offset that the gate was told."""
        return ClockMeter(book)

    def describe(self, value: float) -> str:
        """Say how far the clock is off."""
        return f"the clock is {value:.3f} s off, the limit is {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class MaxRejects:
    """Trips when the venue refused so many orders in a row.

    Args:
        orders: The one that trips it.
        then: What is let through afterwards.

    Raises:
        ValueError: The count is out of range.
    """

    orders: int
    then: GuardState = GuardState.REDUCING

    def __post_init__(self) -> None:
        check_count("MaxRejects.orders", self.orders)
        check_then("MaxRejects.then", self.then)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_rejects"

    @property
    def threshold(self) -> float:
        """Rejects in a row."""
        return float(self.orders)

    def describe(self, value: float) -> str:
        """Say how many rejects there were."""
        return f"{value:.0f} orders rejected in a row, the limit is {self.orders}"
