"""Follow one limit: its value, whether it was warned of, whether it is reached."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Final

from deskwatch.client.guard.declared import AT_ONCE, Confirm
from deskwatch.client.guard.limits import Limit, Threshold
from deskwatch.client.guard.state import Readings

WARN_RATIO: Final = 0.8  # of the threshold; issue 3, "Warning at 80 %"
REARM_RATIO: Final = 0.7
"""A warning is given once an episode; it ends when the value is back below this part of the threshold."""


class Level(Enum):
    """What a new value means."""

    QUIET = 0
    WARN = 1
    REACHED = 2


class Watch:
    """A limit and its last value.

    Args:
        limit: What is followed.
        reached_at: The value from which on it is reached, if that is not the threshold itself.
        warn_at: The value from which on it is warned of, if that is not 80 % of the threshold.

    Attributes:
        calm_below: A value below this needs no second look; it is minus infinity while an episode goes on.
    """

    __slots__ = (
        "_beyond",
        "_looks",
        "_needed",
        "_reached",
        "_rearm",
        "_warn",
        "calm_below",
        "limit",
        "value",
        "warned",
    )

    def __init__(self, limit: Threshold, *, reached_at: float | None = None, warn_at: float | None = None) -> None:
        confirm: Confirm = getattr(limit, "confirm", AT_ONCE)
        self.limit = limit
        self.value = 0.0
        self.warned = False
        self._reached = limit.threshold if reached_at is None else reached_at
        self._warn = limit.threshold * WARN_RATIO if warn_at is None else warn_at
        self._rearm = limit.threshold * REARM_RATIO
        self._needed = confirm.needed
        self._looks = (1 << confirm.of) - 1
        self._beyond = 0  # a bit for each of the last values, 1 when it was beyond the limit
        self.calm_below = self._warn

    @property
    def severity(self) -> int:
        """How far it closes the gate when it trips; 0 if it never trips."""
        then = self.limit.then
        return then.severity if then is not None else 0

    @property
    def is_calm(self) -> bool:
        """Whether no episode goes on: nothing was warned of or is to be confirmed."""
        return self.calm_below == self._warn

    def take(self, value: float) -> Level:
        """Take a new value and return what it means; ``WARN`` comes once an episode."""
        self.value = value
        if value < self.calm_below:
            return Level.QUIET
        reached = self._confirmed(value)
        level = Level.REACHED if reached else self._warning(value)
        self.calm_below = -math.inf if self.warned or self._beyond else self._warn
        return level

    def begin_anew(self) -> None:
        """Forget warnings and values that were to be confirmed: the guard was reset."""
        self.warned = False
        self._beyond = 0
        self.calm_below = self._warn

    def describe(self) -> str:
        """Say what the last value means."""
        try:
            return self.limit.describe(self.value)
        except Exception:  # noqa: BLE001  (a limit of the user's own)
            return f"{self.limit.name} could not be measured"

    def _confirmed(self, value: float) -> bool:
        beyond = not value < self._reached  # so put, NaN is beyond
        self._beyond = (self._beyond << 1 | beyond) & self._looks
        return value != value or (beyond and self._beyond.bit_count() >= self._needed)  # noqa: PLR0124  (NaN)

    def _warning(self, value: float) -> Level:
        if value < self._warn:
            self.warned = self.warned and value >= self._rearm
            return Level.QUIET
        if self.warned:
            return Level.QUIET
        self.warned = True
        return Level.WARN


class ReadingWatch(Watch):
    """A limit that is held against readings."""

    __slots__ = ("_occasion", "_seen", "measure")

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.measure = limit.measure
        self._occasion: Callable[[Readings], object] | None = getattr(limit, "occasion", None)
        self._seen: object = None

    def update(self, readings: Readings) -> Level:
        """Measure and return what the value means."""
        try:
            value = self.measure(readings)
            if self._occasion is None:
                return self.take(value)
            return self._take_once(value, self._occasion(readings))
        except Exception:  # noqa: BLE001  (a limit of the user's own failed: closed, not open)
            self.value = math.nan
            return Level.REACHED

    def begin_anew(self) -> None:
        """Forget which value was read last as well."""
        super().begin_anew()
        self._seen = None

    def _take_once(self, value: float, occasion: object) -> Level:
        if occasion == self._seen:
            self.value = value
            return Level.QUIET
        self._seen = occasion
        return self.take(value)
