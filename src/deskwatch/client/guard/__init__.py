"""Limits that are held in the recording call and before each order, and the latch that survives restarts.

Way:     recorders, orders → [guard] → the gate before the bot's orders, the latch on disk, the monitor.
"""

from deskwatch.client.guard.account_guard import AccountGuard
from deskwatch.client.guard.declared import AT_ONCE, Confirm
from deskwatch.client.guard.feed_limits import MaxClockOffset, MaxDataAge, MaxRejects
from deskwatch.client.guard.guard import Guard
from deskwatch.client.guard.latch import LatchState
from deskwatch.client.guard.limits import Limit, MaxDayLoss, MaxDrawdown, MaxLoss, MinProbabilisticSharpe, NotANumber
from deskwatch.client.guard.order_counts import MaxOrderRate, MaxOrdersPerSignal, NoDuplicateOrder
from deskwatch.client.guard.order_limits import OrderLimit
from deskwatch.client.guard.order_sizes import MaxExposure, MaxOrderNotional, MaxPosition
from deskwatch.client.guard.state import Allowed, GuardState, Intent, Readings, Trip

__all__ = [
    "AT_ONCE",
    "AccountGuard",
    "Allowed",
    "Confirm",
    "Guard",
    "GuardState",
    "Intent",
    "LatchState",
    "Limit",
    "MaxClockOffset",
    "MaxDataAge",
    "MaxDayLoss",
    "MaxDrawdown",
    "MaxExposure",
    "MaxLoss",
    "MaxOrderNotional",
    "MaxOrderRate",
    "MaxOrdersPerSignal",
    "MaxPosition",
    "MaxRejects",
    "MinProbabilisticSharpe",
    "NoDuplicateOrder",
    "NotANumber",
    "OrderLimit",
    "Readings",
    "Trip",
]
