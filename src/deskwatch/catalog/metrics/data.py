"""How good the data is."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_FEED: Final = ("feed",)

STALENESS: Final = Metric(
    "data_staleness_seconds", "gauge", "Age of the newest data; it grows until new data comes.", _FEED, unit="seconds"
)
COMPLETENESS: Final = Metric(
    "data_completeness_ratio", "gauge", "Data that came, of what should have come.", _FEED, unit="ratio"
)
QUALITY: Final = Metric("data_quality_ratio", "gauge", "The bot's own score of its data.", _FEED, unit="ratio")
MISSING: Final = Metric("data_missing_ratio", "gauge", "Values that are missing, of all.", _FEED, unit="ratio")
OUTLIERS: Final = Metric("data_outlier_ratio", "gauge", "Values that are outliers, of all.", _FEED, unit="ratio")
MISSING_TICKS: Final = Metric("data_missing_ticks_total", "counter", "Ticks that should have come.", _FEED)
GAPS: Final = Metric("data_gaps_total", "counter", "Gaps in the data.", _FEED)
QUALITY_ERRORS: Final = Metric(
    "data_quality_errors_total", "counter", "Data that could not be used, by why.", ("feed", "error_type")
)
