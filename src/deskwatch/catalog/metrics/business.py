"""What a service is for: products that it tracks, platforms that it syncs with."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

SYNC_BUCKETS: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds: from one call of an API to a catalogue of thousands of products; NoSyncActivity looks at 30 minutes."""

PRODUCTS_TRACKED: Final = Metric("products_tracked", "gauge", "Products that are watched.", ("tenant",))
SYNC_OPERATIONS: Final = Metric(
    "sync_operations_total", "counter", "Syncs that ended, by success or failure.", ("platform", "outcome")
)
SYNC_DURATION: Final = Metric(
    "sync_duration_seconds", "histogram", "Time that a sync took.", ("platform",), unit="seconds", buckets=SYNC_BUCKETS
)
EXTERNAL_API_ERRORS: Final = Metric(
    "external_api_errors_total", "counter", "Calls of another's API that failed, by why.", ("platform", "type")
)
GOOGLE_SHEETS_OPERATIONS: Final = Metric(
    "google_sheets_operations_total",
    "counter",
    "Calls of Google Sheets, by success or failure.",
    ("operation", "outcome"),
)
