"""The words of the guard: what may be done now, what is asked, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class GuardState(StrEnum):
    """What the guard lets through.

    Source: nautilus_trader's TradingState, https://nautilustrader.io/docs/latest/concepts/execution#risk-engine
    """

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"

    @property
    def severity(self) -> int:
        """0 for ACTIVE, 1 for REDUCING, 2 for HALTED: the value of the gauge ``guard_state``."""
        return _SEVERITY[self.value]


_SEVERITY = {"ACTIVE": 0, "REDUCING": 1, "HALTED": 2}


class Intent(StrEnum):
    """What an order is for."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"
    CANCEL = "CANCEL"


class Allowed(StrEnum):
    """The guard's answer; only ``YES`` is true, every other value names why not.

    ``UNUSABLE_ORDER`` is an entry whose symbol, side, quantity, price or time cannot be read. From ``ORDER_RATE`` on
    they name the limit that refused this one order.
    """

    YES = "yes"
    HALTED = "halted"
    REDUCING = "reducing"
    NOT_ARMED = "not_armed"
    UNKNOWN_INTENT = "unknown_intent"
    UNUSABLE_ORDER = "unusable_order"
    ORDER_RATE = "order_rate"
    ORDERS_PER_SIGNAL = "orders_per_signal"
    DUPLICATE_ORDER = "duplicate_order"
    ORDER_NOTIONAL = "order_notional"
    POSITION = "position"
    EXPOSURE = "exposure"
    DATA_AGE = "data_age"
    CLOCK_OFFSET = "clock_offset"

    def __bool__(self) -> bool:
        return self is Allowed.YES


class Readings(NamedTuple):
    """What the limits are held against, at one moment.

    Attributes:
        equity: What the account is worth; NaN when it is not known.
        drawdown_ratio: How far it is below its peak, 0 to 1.
        day_loss: What was lost since midnight, in the account's currency; 0 after a gain.
        day_loss_ratio: The same, of the equity at midnight.
        day_gain: What was gained since midnight; 0 after a loss.
        probabilistic_sharpe: The probability that the true Sharpe ratio is above 0; ``None`` while it does not exist.
        returns: How many returns have come since the start, or the last reset of the guard.
    """

    equity: float
    drawdown_ratio: float = 0.0
    day_loss: float = 0.0
    day_loss_ratio: float = 0.0
    day_gain: float = 0.0
    probabilistic_sharpe: float | None = None
    returns: int = 0


@dataclass(frozen=True, slots=True)
class Trip:
    """A limit was reached.

    Attributes:
        limit: Its name.
        reason: What happened, for a person.
        value: What was measured.
        threshold: What was allowed.
        state: What the guard lets through from now on.
        epoch: How often the guard was reset before.
        ts_ms: When, by the wall clock.
    """

    limit: str
    reason: str
    value: float
    threshold: float
    state: GuardState
    epoch: int
    ts_ms: int

    def __str__(self) -> str:
        return self.reason
