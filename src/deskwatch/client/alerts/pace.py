"""Hold back what would be the same message again, and count it.

Way:     each alert's key → [pace] → how many to tell now; the rest when its window ends.
Time:    monotonic seconds, given by the caller. Not safe to change from two threads; AlertManager sees to that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

MAX_ALERTS: Final = 1_000
"""Alerts told apart; a bot that puts an order id into each title would grow for ever."""

MINUTE_SECONDS: Final = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often alerts are told.

    Attributes:
        window_seconds: The same alert within this time becomes one message with a count.
        per_minute: So many alerts a minute are told in all, critical ones not counted; the others wait their turn.

    Raises:
        ValueError: A number is out of range.
    """

    window_seconds: float = 60.0
    per_minute: int = (
        30  # half of what Telegram takes in one chat: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits
    )

    def __post_init__(self) -> None:
        if not _is_number(self.window_seconds) or not 0 <= self.window_seconds <= 86_400:
            raise ValueError(f"window_seconds must be a number of 0 to 86400, was {self.window_seconds!r}")
        if type(self.per_minute) is not int or not 1 <= self.per_minute <= 10_000:
            raise ValueError(f"per_minute must be a whole number of 1 to 10000, was {self.per_minute!r}")


@dataclass(slots=True)
class _Kind(Generic[T]):
    newest: T
    urgent: bool
    opens_at: float
    held: int = 0


class Pacer(Generic[T]):
    """Decides what is told when.

    Args:
        pace: How often.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._kinds: dict[object, _Kind[T]] = {}
        self._told: deque[float] = deque()

    def has_room(self, key: object, now: float) -> bool:
        """Say whether the alert can be told apart from the others; the caller gives it a common key otherwise."""
        if key in self._kinds or len(self._kinds) < MAX_ALERTS:
            return True
        quiet = [other for other, kind in self._kinds.items() if not kind.held and kind.opens_at <= now]
        for other in quiet:
            del self._kinds[other]
        return bool(quiet)

    def take(self, key: object, alert: T, now: float, *, urgent: bool) -> list[tuple[T, int]]:
        """Return what to tell now: the alert and how often it was raised since it was last told.

        Args:
            key: What makes it the same alert.
            alert: The newest one; told in the end, with the count.
            now: Monotonic seconds.
            urgent: Whether the limit in all does not hold for it.
        """
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind(alert, urgent, now)
        kind.newest = alert
        kind.held += 1
        return [self._release(kind, now)] if self._may(kind, now) else []

    def due(self, now: float) -> list[tuple[T, int]]:
        """Return what was held back and whose time has come."""
        kinds = [kind for kind in self._kinds.values() if kind.held]
        return [self._release(kind, now) for kind in kinds if self._may(kind, now)]

    def rest(self) -> list[tuple[T, int]]:
        """Return everything that is held back, whatever the time: the bot ends."""
        return [self._release(kind, kind.opens_at) for kind in self._kinds.values() if kind.held]

    def next_due(self, now: float) -> float | None:
        """Return in how many seconds something may be due; ``None`` if nothing is held back."""
        room_at = self._told[0] + MINUTE_SECONDS if len(self._told) >= self._pace.per_minute else now
        held = [kind for kind in self._kinds.values() if kind.held]
        opens = [kind.opens_at if kind.urgent else max(kind.opens_at, room_at) for kind in held]
        return max(min(opens) - now, 0.0) if opens else None

    def _may(self, kind: _Kind[T], now: float) -> bool:
        if now < kind.opens_at:
            return False
        if kind.urgent:
            return True
        while self._told and now - self._told[0] >= MINUTE_SECONDS:
            self._told.popleft()
        if len(self._told) >= self._pace.per_minute:
            return False
        self._told.append(now)
        return True

    def _release(self, kind: _Kind[T], now: float) -> tuple[T, int]:
        times, kind.held = kind.held, 0
        kind.opens_at = now + self._pace.window_seconds
        return kind.newest, times


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
