"""A cache as the application sees it; what the server itself tells comes from its exporter."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_COMMAND: Final = ("command",)

COMMAND_BUCKETS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds: a look-up over loopback takes 0.1 ms."""

COMMANDS: Final = Metric(
    "cache_commands_total", "counter", "Commands that were sent, those of a pipeline each by itself.", _COMMAND
)
COMMAND_DURATION: Final = Metric(
    "cache_command_duration_seconds",
    "histogram",
    "From sending a command to its answer; a pipeline is one, with the command PIPELINE.",
    _COMMAND,
    unit="seconds",
    buckets=COMMAND_BUCKETS,
)
ERRORS: Final = Metric(
    "cache_errors_total", "counter", "Commands that failed, by the class of the error.", ("command", "type")
)
HITS: Final = Metric("cache_hits_total", "counter", "Keys and fields that were asked for and were there.", _COMMAND)
MISSES: Final = Metric(
    "cache_misses_total", "counter", "Keys and fields that were asked for and were not there.", _COMMAND
)
