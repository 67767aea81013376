"""The venue or broker as the bot sees it: is it there, what does it refuse, how much of its limits is used."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_VENUE: Final = ("venue",)
_REASON: Final = ("venue", "reason")

CONNECTED: Final = Metric("venue_connected", "gauge", "1 while the venue answers.", _VENUE)
CONNECTION_ERRORS: Final = Metric(
    "venue_connection_errors_total", "counter", "Requests and connections that failed before the venue judged.", _REASON
)
RECONNECTIONS: Final = Metric(
    "venue_reconnections_total", "counter", "Connections that were made again after a loss.", _VENUE
)
PACING_VIOLATIONS: Final = Metric(
    "venue_pacing_violations_total", "counter", "Requests that the venue refused as too many.", _VENUE
)
REQUESTS: Final = Metric("venue_requests_total", "counter", "Requests to the venue.", _VENUE)
REQUEST_RATE: Final = Metric(
    "venue_api_requests_per_second", "gauge", "Requests to the venue a second, lately.", _VENUE, unit="1 a second"
)
REQUEST_WEIGHT: Final = Metric(
    "venue_request_weight_ratio", "gauge", "Of the venue's request limit, what is used now.", _VENUE, unit="ratio"
)
CLOCK_OFFSET: Final = Metric(
    "venue_clock_offset_seconds", "gauge", "The bot's clock less the venue's.", _VENUE, unit="seconds"
)
REJECTS: Final = Metric("venue_rejects_total", "counter", "Orders that were not taken, by why.", _REASON)
FEES_UNKNOWN: Final = Metric(
    "venue_fees_unknown_total", "counter", "Fills recorded without their fee, whose currency is another.", _VENUE
)
