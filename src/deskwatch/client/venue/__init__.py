"""What the integrations of venues and brokers share: reading what they tell, the reasons, and each fill once.

Way:     client.integrations → [venue] → TradingMetrics, BrokerMetrics, guard.
"""

from deskwatch.client.venue.fills import Fill, FillsOnce
from deskwatch.client.venue.reasons import ConnectionReason, RejectReason

__all__ = ["ConnectionReason", "Fill", "FillsOnce", "RejectReason"]
