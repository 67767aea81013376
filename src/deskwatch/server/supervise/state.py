"""The states of a supervised bot."""

from __future__ import annotations

from enum import StrEnum


class BotState(StrEnum):
    """Where the bot's process stands.

    STARTING -> RUNNING <-> HUNG -> EXITED -> BACKOFF -> STARTING, or GAVE_UP, or STOPPED.
    """

    STARTING = "starting"
    RUNNING = "running"
    HUNG = "hung"
    EXITED = "exited"
    BACKOFF = "backoff"
    GAVE_UP = "gave_up"
    STOPPED = "stopped"

    @property
    def is_up(self) -> bool:
        """Whether there is a process."""
        return self in (BotState.RUNNING, BotState.HUNG)
