"""A momentum strategy, with the position size of somebody who has not lost money yet.

It buys three times its equity when the price has risen half a percent in twelve hours, and lets go only when it has
fallen two percent. There is no stop. Nothing here knows of deskwatch.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LOOK_BACK_BARS = 720
ENTER_RATIO = 0.005
EXIT_RATIO = -0.02
LEVERAGE = 3.0
DECIDE_EVERY_BARS = 15


@dataclass(slots=True)
class Momentum:
    """Decides on the close of every fifteenth bar."""

    closes: deque[float] = field(default_factory=lambda: deque(maxlen=LOOK_BACK_BARS + 1))
    bars_seen: int = 0

    def target_quantity(self, close: float, position: float, equity: float) -> float:
        """Return the position that the strategy wants now.

        Args:
            close: The price now.
            position: The position now.
            equity: What the account is worth now.
        """
        self.closes.append(close)
        self.bars_seen += 1
        if len(self.closes) <= LOOK_BACK_BARS or self.bars_seen % DECIDE_EVERY_BARS:
            return position
        change = close / self.closes[0] - 1
        if change > ENTER_RATIO and position == 0:
            return round(LEVERAGE * equity / close, 3)
        if change < EXIT_RATIO:
            return 0.0
        return position
