"""What the service is for: syncs with platforms, products that it tracks.

Way:     a call of the service → [syncs] → the families of ``catalog.metrics.business``.
"""

from __future__ import annotations

from deskwatch.catalog.metrics import business
from deskwatch.client.metrics import Counter, Gauge, Histogram, Registry
from deskwatch.client.metrics.family import Family
from deskwatch.client.service.by_labels import ByLabels

SUCCESS = "success"
FAILURE = "failure"


class PlatformRecorder:
    """One platform, with its label bound."""

    __slots__ = ("_api_errors", "_outcomes", "_seconds")

    def __init__(self, syncs: Syncs, platform: str) -> None:
        self._outcomes: ByLabels[Counter] = ByLabels(
            lambda outcome: syncs.operations.labels(platform, outcome), syncs.drops
        )
        self._seconds: Histogram = syncs.duration.labels(platform)
        self._api_errors: ByLabels[Counter] = ByLabels(
            lambda kind: syncs.api_errors.labels(platform, kind), syncs.drops
        )

    def record(self, outcome: str, seconds: float) -> None:
        """Record a sync that ended.

        Args:
            outcome: ``success`` or ``failure``.
            seconds: How long it took.
        """
        self._outcomes.get(outcome).inc()
        self._seconds.observe(seconds)

    def record_api_error(self, error_type: str) -> None:
        """Count a call of the platform's API that failed."""
        self._api_errors.get(error_type).inc()


class Syncs:
    """The platforms and tenants of a service, in one registry."""

    def __init__(self, registry: Registry) -> None:
        self.drops = registry.drops
        self.operations: Family[Counter] = registry.family(business.SYNC_OPERATIONS)
        self.duration: Family[Histogram] = registry.family(business.SYNC_DURATION)
        self.api_errors: Family[Counter] = registry.family(business.EXTERNAL_API_ERRORS)
        self._products: Family[Gauge] = registry.family(business.PRODUCTS_TRACKED)
        self._sheets: Family[Counter] = registry.family(business.GOOGLE_SHEETS_OPERATIONS)
        self._platforms = ByLabels(lambda platform: PlatformRecorder(self, platform), registry.drops)

    def bind(self, platform: str) -> PlatformRecorder:
        """Return the recorder of one platform."""
        return self._platforms.get(platform)

    def record_products(self, tenant: str, products: float) -> None:
        """Say how many products a tenant has watched."""
        self._products.labels(tenant).set(products)

    def record_sheets(self, operation: str, outcome: str) -> None:
        """Count a call of Google Sheets."""
        self._sheets.labels(operation, outcome).inc()
