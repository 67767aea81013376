"""The limits that are held against readings, each a small value that knows how to measure itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from deskwatch.client.guard.declared import (
    AT_ONCE,
    Confirm,
    check_confirm,
    check_count,
    check_either,
    check_number,
    check_then,
)
from deskwatch.client.guard.state import GuardState, Readings


class Threshold(Protocol):
    """What every limit has, whatever it is held against.

    A limit on values that were read may also have ``confirm``, a ``Confirm``; without it the first one counts. If the
    same value may be read several times, ``occasion(readings)`` says so by answering the same; then it counts once.
    """

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        ...

    @property
    def threshold(self) -> float:
        """The value at which it trips."""
        ...

    @property
    def then(self) -> GuardState | None:
        """What is let through after it tripped; ``None`` if it never trips."""
        ...

    def describe(self, value: float) -> str:
        """Say what ``value`` means, for a person."""
        ...


class Limit(Threshold, Protocol):
    """What the guard holds the readings against; reaching the threshold trips it."""

    @property
    def then(self) -> GuardState:
        """What is let through after it tripped."""
        ...

    def measure(self, readings: Readings) -> float:
        """Return the value now, larger is worse; NaN counts as reached."""
        ...


@dataclass(frozen=True, slots=True)
class MaxDrawdown:
    """Trips when the equity has fallen so far below its peak.

    Args:
        ratio: Of the peak: 0.15 is 15 %.
        then: What is let through afterwards.
        confirm: How many readings must agree.

    Raises:
        ValueError: The ratio is not above 0 and at most 1.
    """

    ratio: float
    then: GuardState = GuardState.HALTED
    confirm: Confirm = AT_ONCE

    def __post_init__(self) -> None:
        check_number("MaxDrawdown.ratio", self.ratio, 1.0)
        check_then("MaxDrawdown.then", self.then)
        check_confirm("MaxDrawdown.confirm", self.confirm)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_drawdown"

    @property
    def threshold(self) -> float:
        """The ratio."""
        return self.ratio

    def measure(self, readings: Readings) -> float:
        """Return the drawdown from the peak, as a ratio."""
        return readings.drawdown_ratio

    def describe(self, value: float) -> str:
        """Say how deep the drawdown is."""
        return f"drawdown of {value:.2%} from the equity peak, the limit is {self.ratio:.2%}"


@dataclass(frozen=True, slots=True)
class MaxDayLoss:
    """Trips when so much was lost since midnight.

    Args:
        ratio: Of the equity at midnight: 0.05 is 5 %.
        amount: In the account's currency, instead of a ratio.
        then: What is let through afterwards.
        confirm: How many readings must agree.

    Raises:
        ValueError: Not exactly one of ratio and amount was given, or it is out of range.
    """

    ratio: float | None = None
    amount: float | None = None
    then: GuardState = GuardState.HALTED
    confirm: Confirm = AT_ONCE

    def __post_init__(self) -> None:
        check_either("MaxDayLoss", self.ratio, self.amount)
        check_then("MaxDayLoss.then", self.then)
        check_confirm("MaxDayLoss.confirm", self.confirm)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_day_loss"

    @property
    def threshold(self) -> float:
        """The ratio, or the amount."""
        return self.ratio if self.ratio is not None else self.amount or 0.0

    def measure(self, readings: Readings) -> float:
        """Return the loss since midnight, as a ratio or an amount."""
        return readings.day_loss_ratio if self.ratio is not None else readings.day_loss

    def describe(self, value: float) -> str:
        """Say how much was lost."""
        if self.ratio is not None:
            return f"loss of {value:.2%} since midnight, the limit is {self.ratio:.2%}"
        return f"loss of {value:,.2f} since midnight, the limit is {self.amount:,.2f}"


@dataclass(frozen=True, slots=True)
class MaxLoss:
    """Trips when so much of the capital was lost in all, over however many days and restarts.

    Args:
        starting_equity: What the account began with, in its currency. It is declared and not remembered, so that a
            restart does not begin a new count.
        ratio: Of the starting equity: 0.3 is 30 %.
        amount: In the account's currency, instead of a ratio.
        then: What is let through afterwards.
        confirm: How many readings must agree.

    Raises:
        ValueError: Not exactly one of ratio and amount was given, or a number is out of range.
    """

    starting_equity: float
    ratio: float | None = None
    amount: float | None = None
    then: GuardState = GuardState.HALTED
    confirm: Confirm = AT_ONCE

    def __post_init__(self) -> None:
        check_number("MaxLoss.starting_equity", self.starting_equity)
        check_either("MaxLoss", self.ratio, self.amount)
        check_then("MaxLoss.then", self.then)
        check_confirm("MaxLoss.confirm", self.confirm)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "max_loss"

    @property
    def threshold(self) -> float:
        """The ratio, or the amount."""
        return self.ratio if self.ratio is not None else self.amount or 0.0

    def measure(self, readings: Readings) -> float:
        """Return what was lost since the start, as a ratio or an amount; negative after a gain."""
        loss = self.starting_equity - readings.equity
        return loss / self.starting_equity if self.ratio is not None else loss

    def describe(self, value: float) -> str:
        """Say how much was lost."""
        if self.ratio is not None:
            return f"loss of {value:.2%} of the starting equity, the limit is {self.ratio:.2%}"
        return f"loss of {value:,.2f} since the start, the limit is {self.amount:,.2f}"


@dataclass(frozen=True, slots=True)
class MinProbabilisticSharpe:
    """Trips when the strategy has probably no edge any more: its probabilistic Sharpe ratio fell below a floor.

    The ratio is the probability that the true Sharpe ratio is above 0, given the returns of the last 90 days
    (``ledger.performance``). As every limit's value, this one's is larger the worse it is: 1 minus the ratio, held
    against 1 minus the floor; so it warns at 80 % of that.

    A ratio that does not exist (yet), and one of fewer returns than ``min_returns``, proves nothing: the value is 0. A
    reset of the guard begins the count of returns anew. NaN in the readings trips, as everywhere.

    Args:
        floor: Between 0 and 1: 0.2 trips when it is 80 % probable that there is no edge.
        min_returns: So many returns must be there first; the ledger takes one a day unless it was told otherwise.
        then: What is let through afterwards.
        confirm: How many of the last ratios must agree. Each new return is one, however often it is read.

    Raises:
        ValueError: The floor is not between 0 and 1, or the count is out of range.

    Source: Bailey and López de Prado 2012, https://www.davidhbailey.com/dhbpapers/sharpe-frontier.pdf
    """

    floor: float
    min_returns: int = 30
    then: GuardState = GuardState.REDUCING
    confirm: Confirm = AT_ONCE

    def __post_init__(self) -> None:
        check_number("MinProbabilisticSharpe.floor", self.floor, 1.0)
        if self.floor == 1.0:
            raise ValueError("MinProbabilisticSharpe.floor must be below 1: no ratio is above it")
        check_count("MinProbabilisticSharpe.min_returns", self.min_returns)
        check_then("MinProbabilisticSharpe.then", self.then)
        check_confirm("MinProbabilisticSharpe.confirm", self.confirm)

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "min_probabilistic_sharpe"

    @property
    def threshold(self) -> float:
        """1 minus the floor."""
        return 1.0 - self.floor

    def measure(self, readings: Readings) -> float:
        """Return the probability that there is no edge, 0 while nothing is known."""
        ratio = readings.probabilistic_sharpe
        return 0.0 if ratio is None or readings.returns < self.min_returns else 1.0 - ratio

    def occasion(self, readings: Readings) -> int:
        """Return what is the same as long as no return has come."""
        return readings.returns

    def describe(self, value: float) -> str:
        """Say how probable an edge is."""
        return f"a probabilistic Sharpe ratio of {1.0 - value:.1%}, the floor is {self.floor:.1%}"


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Trips when the equity is missing, NaN or infinite; every guard has it.

    Its value is 1 for such an equity and 0 otherwise, so that it can be sent and drawn.
    """

    then: GuardState = GuardState.HALTED

    @property
    def name(self) -> str:
        """The label ``limit`` of its metrics."""
        return "not_a_number"

    @property
    def threshold(self) -> float:
        """One such equity is enough."""
        return 1.0

    def measure(self, readings: Readings) -> float:
        """Return 1 if the equity cannot be used."""
        return 0.0 if math.isfinite(readings.equity) else 1.0

    def describe(self, value: float) -> str:  # noqa: ARG002  (it is always 1)
        """Say what is wrong with the equity."""
        return "the equity is missing or no finite number"
