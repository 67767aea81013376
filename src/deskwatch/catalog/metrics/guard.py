"""What a guard counts besides its limits."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

REFUSALS: Final = Metric(
    "guard_refusals_total", "counter", "Orders that the guard refused, by its answer.", ("strategy", "reason")
)
COMMANDS: Final = Metric(
    "guard_commands_total", "counter", "Commands of the monitor to this bot, by what became of them.", ("result",)
)
