"""What a service around the strategy does: requests, queries, cache, tasks, syncs, and the machine below it.

Way:     the service's own calls, or ``client.integrations`` → [service] → registry.
"""

from deskwatch.client.service.host import HostMetrics
from deskwatch.client.service.metrics import ServiceMetrics

__all__ = ["HostMetrics", "ServiceMetrics"]
