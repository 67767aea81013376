"""Follow one limit: its value, whether it was warned of, whether it is reached."""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

from deskwatch.client.guard.limits import Limit
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
    """A limit and its last value."""

    __slots__ = ("_rearm", "_threshold", "_warn", "limit", "value", "warned")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.value = 0.0
        self.warned = False
        self._threshold = limit.threshold
        self._warn = limit.threshold * WARN_RATIO
        self._rearm = limit.threshold * REARM_RATIO

    def update(self, readings: Readings) -> Level:
        """Measure and return what the value means; ``WARN`` comes once an episode."""
        try:
            value = self.limit.measure(readings)
            self.value = value
            if value < self._warn:
                self.warned = self.warned and value >= self._rearm
                return Level.QUIET
            if not value < self._threshold:  # so put, NaN is reached
                return Level.REACHED
        except Exception:  # noqa: BLE001  (a limit of the user's own failed: closed, not open)
            self.value = math.nan
            return Level.REACHED
        if self.warned:
            return Level.QUIET
        self.warned = True
        return Level.WARN

    def describe(self) -> str:
        """Say what the last value means."""
        try:
            return self.limit.describe(self.value)
        except Exception:  # noqa: BLE001  (as above)
            return f"{self.limit.name} could not be measured"
