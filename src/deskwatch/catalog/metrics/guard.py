"""The guard: these keep their names in every dialect, because deskwatch's own rules and pages read them."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

GUARD_STATE: Final = Metric("guard_state", "gauge", "0 ACTIVE, 1 REDUCING, 2 HALTED.", ("strategy",))
GUARD_LIMIT: Final = Metric("guard_limit", "gauge", "The value at which the guard trips.", ("strategy", "limit"))
GUARD_VALUE: Final = Metric("guard_value", "gauge", "What the guard measures against the limit.", ("strategy", "limit"))
GUARD_TRIPS: Final = Metric(
    "guard_trips_total", "counter", "How often a limit tripped the guard.", ("strategy", "limit")
)
GUARD_EPOCH: Final = Metric("guard_epoch", "gauge", "How often the guard was reset.", ("strategy",))
GUARD_REFUSALS: Final = Metric(
    "guard_refusals_total", "counter", "Orders that the guard refused, by its answer.", ("strategy", "reason")
)
GUARD_COMMANDS: Final = Metric(
    "guard_commands_total", "counter", "Commands of the monitor to this bot, by what became of them.", ("result",)
)
