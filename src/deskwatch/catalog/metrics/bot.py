"""The bot as a process: is it alive, how is it, what went wrong in it."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

RESPONSE_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds; with 1, 2 and 5 s, where common targets lie (trading_bot: 1 s, p95 2 s, p99 5 s)."""

HEARTBEAT: Final = Metric(
    "bot_heartbeat_timestamp_seconds",
    "gauge",
    "Wall time of the last sign of life of the bot's loop.",
    unit="Unix seconds",
)
UPTIME: Final = Metric("bot_uptime_seconds", "gauge", "How long the bot has run.", unit="seconds")
CPU: Final = Metric("bot_cpu_ratio", "gauge", "CPU used; 1 is all of it.", unit="ratio")
MEMORY: Final = Metric("bot_memory_bytes", "gauge", "Memory used by the bot.", unit="bytes")
MEMORY_RATIO: Final = Metric("bot_memory_ratio", "gauge", "Memory used, of the machine's.", unit="ratio")
DISK_RATIO: Final = Metric("bot_disk_ratio", "gauge", "Disk used, of what there is.", unit="ratio")
NETWORK_LATENCY: Final = Metric(
    "bot_network_latency_seconds", "gauge", "The newest round trip to the venue.", unit="seconds"
)
RESPONSE: Final = Metric(
    "bot_response_seconds",
    "histogram",
    "From a question to the bot's answer.",
    unit="seconds",
    buckets=RESPONSE_BUCKETS,
)
ERRORS: Final = Metric("bot_errors_total", "counter", "Errors in the bot, by type.", ("error_type",))
ERROR_RATIO: Final = Metric("bot_error_ratio", "gauge", "Operations that failed, of all lately.", unit="ratio")
CONNECTED_CLIENTS: Final = Metric("bot_connected_clients", "gauge", "Clients that are connected to the bot.")
