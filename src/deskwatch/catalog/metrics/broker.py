"""The connection to a broker or venue."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_BROKER: Final = ("broker",)
_REASON: Final = ("broker", "reason")

CONNECTED: Final = Metric("broker_connected", "gauge", "1 while the broker is connected.", _BROKER)
CONNECTION_ERRORS: Final = Metric(
    "broker_connection_errors_total", "counter", "Connections and calls that failed before the broker judged.", _REASON
)
RECONNECTIONS: Final = Metric("broker_reconnections_total", "counter", "Connections that were made again.", _BROKER)
PACING_VIOLATIONS: Final = Metric(
    "broker_pacing_violations_total", "counter", "Calls that the broker refused as too many.", _BROKER
)
API_CALLS: Final = Metric("broker_api_calls_total", "counter", "Calls to the broker.", _BROKER)
API_RATE: Final = Metric(
    "broker_api_calls_per_second", "gauge", "Calls to the broker a second, lately.", _BROKER, unit="1 a second"
)
REQUEST_WEIGHT: Final = Metric(
    "broker_request_weight_ratio", "gauge", "Of the broker's request limit, what is used now.", _BROKER, unit="ratio"
)
CLOCK_OFFSET: Final = Metric(
    "broker_clock_offset_seconds", "gauge", "The bot's clock less the broker's.", _BROKER, unit="seconds"
)
REJECTS: Final = Metric("broker_rejects_total", "counter", "Orders that were not taken, by why.", _REASON)
FEES_UNKNOWN: Final = Metric(
    "broker_fees_unknown_total", "counter", "Fills recorded without their fee, whose currency has no rate.", _BROKER
)
