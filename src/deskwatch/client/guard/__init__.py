"""Limits that are held in the recording call, and the latch that survives restarts.

Way:     recorders → [guard] → the gate before the bot's orders, the latch on disk, the monitor.
"""

from deskwatch.client.guard.guard import Guard
from deskwatch.client.guard.latch import LatchState
from deskwatch.client.guard.limits import Limit, MaxDayLoss, MaxDrawdown, NotANumber
from deskwatch.client.guard.state import Allowed, GuardState, Intent, Readings, Trip

__all__ = [
    "Allowed",
    "Guard",
    "GuardState",
    "Intent",
    "LatchState",
    "Limit",
    "MaxDayLoss",
    "MaxDrawdown",
    "NotANumber",
    "Readings",
    "Trip",
]
