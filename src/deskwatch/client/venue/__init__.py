"""What every integration of a venue or broker shares: its metrics, the reasons, and each fill once.

Way:     client.integrations → [venue] → registry; fills → TradingMetrics.
"""

from deskwatch.client.venue.fills import Fill, FillsOnce
from deskwatch.client.venue.metrics import VenueMetrics
from deskwatch.client.venue.reasons import ConnectionReason, RejectReason

__all__ = ["ConnectionReason", "Fill", "FillsOnce", "RejectReason", "VenueMetrics"]
