"""When a message that was not taken is tried again, and when never.

Source:  reliability table B1, B2: Retry-After is honoured up to 1 h; an outage of 6 h costs at most 80 tries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deskwatch.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with jitter.

    Attributes:
        first_seconds: The first pause; each next one is twice as long.
        longest_seconds: The longest pause.
        jitter_ratio: How much is added at random, so that channels do not retry in step.
        longest_asked_seconds: The longest Retry-After that is believed.
        give_up_seconds: How old a message grows before it counts as failed.
        fallback_seconds: A message that cannot arrive within this time goes to the fallback channel too.
    """

    first_seconds: float = 1.0
    longest_seconds: float = 300.0
    jitter_ratio: float = 0.2
    longest_asked_seconds: float = 3_600.0
    give_up_seconds: float = 86_400.0
    fallback_seconds: float = 60.0

    def pause_seconds(self, attempts: int, error: DeliveryError, random: Callable[[], float]) -> float:
        """Return how long to wait after that many attempts.

        Args:
            attempts: How often it was tried, at least once.
            error: What the last try brought.
            random: Gives numbers from 0 to 1.
        """
        # 2**20 s is far beyond any longest pause, and a float still.
        backoff = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempts - 1, 20))
        pause = backoff * (1 + self.jitter_ratio * random())
        asked = error.retry_after_seconds or 0.0
        return max(pause, min(asked, self.longest_asked_seconds))

    def next_try_ms(
        self, attempts: int, created_at_ms: int, error: DeliveryError, now_ms: int, random: Callable[[], float]
    ) -> int | None:
        """Return when to try again, even time; ``None`` means never."""
        if not error.retryable:
            return None
        due_ms = now_ms + round(self.pause_seconds(attempts, error, random) * 1000)
        return due_ms if due_ms - created_at_ms <= self.give_up_seconds * 1000 else None
