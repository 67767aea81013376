"""Record the venue or broker itself: its answers, its limits, its clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from deskwatch.catalog.metrics import venue as catalog
from deskwatch.client import untrusted
from deskwatch.client.metrics import Counter, DropReason, Family, Gauge, Registry, default_registry
from deskwatch.client.venue.reasons import ConnectionReason, RejectReason

RATE_SECONDS: Final = 10.0
"""What the request rate looks back: short, because venues limit by the second and by the minute."""


class VenueMetrics:
    """Tells deskwatch how a venue behaves. Nothing raises or waits after the declaration.

    Args:
        venue: Names it, in the label ``venue``.
        registry: Where the metrics are declared; by default the registry of the process.
        clock: Gives seconds that only go forward.

    Raises:
        ValueError: The name is empty or too long.
    """

    def __init__(
        self, venue: str, registry: Registry | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 < len(venue) <= untrusted.MAX_NAME_CHARS:
            raise ValueError(f"venue must be a text of 1 to {untrusted.MAX_NAME_CHARS} characters, was {venue!r}")
        known = registry if registry is not None else default_registry()
        family = known.family
        self.drops = known.drops
        self._clock = clock
        self._connections: Family[Gauge] = family(catalog.CONNECTED)  # a gauge that is not known yet is not exposed
        self._reconnections: Counter = family(catalog.RECONNECTIONS).labels(venue)
        self._pacing_violations: Counter = family(catalog.PACING_VIOLATIONS).labels(venue)
        self._requests: Counter = family(catalog.REQUESTS).labels(venue)
        self._rates: Family[Gauge] = family(catalog.REQUEST_RATE)
        self._venue = venue
        self._weights: Family[Gauge] = family(catalog.REQUEST_WEIGHT)
        self._clock_offsets: Family[Gauge] = family(catalog.CLOCK_OFFSET)
        self._fees_unknown: Counter = family(catalog.FEES_UNKNOWN).labels(venue)
        errors, rejects = family(catalog.CONNECTION_ERRORS), family(catalog.REJECTS)
        self._errors: dict[ConnectionReason, Counter] = {each: errors.labels(venue, each) for each in ConnectionReason}
        self._rejects: dict[RejectReason, Counter] = {each: rejects.labels(venue, each) for each in RejectReason}
        self._looks: deque[tuple[float, float]] = deque([(clock(), 0.0)])
        known.show_before_exposing(self)

    def record_connected(self, connected: bool) -> None:
        """Say whether the venue answers now."""
        self._connections.labels(self._venue).set(1.0 if connected else 0.0)

    def record_connection_error(self, reason: ConnectionReason) -> None:
        """Count a request or a connection that failed before the venue judged it."""
        self._errors[reason].inc()

    def record_reconnection(self) -> None:
        """Count a connection that was made again."""
        self._reconnections.inc()

    def record_pacing_violation(self) -> None:
        """Count a request that the venue refused because there were too many."""
        self._pacing_violations.inc()

    def record_call(self, count: float = 1.0) -> None:
        """Count requests to the venue."""
        self._requests.inc(count)

    def record_weight(self, used: object, limit: object) -> None:
        """Say how much of the venue's request limit is used; what is no number above 0 is dropped and counted."""
        amount, of = untrusted.finite(used), untrusted.finite(limit)
        if amount is None or of is None or of <= 0:
            self.drops.count(DropReason.NOT_A_NUMBER)
            return
        self._weights.labels(self._venue).set(amount / of)

    def record_clock_offset(self, offset_seconds: float) -> None:
        """Say how far the bot's clock is ahead of the venue's; negative is behind."""
        self._clock_offsets.labels(self._venue).set(offset_seconds)

    def record_reject(self, reason: RejectReason) -> None:
        """Count an order that was not taken."""
        self._rejects[reason].inc()

    def record_fee_unknown(self) -> None:
        """Count a fill whose fee is in a currency that it could not be turned into the fill's."""
        self._fees_unknown.inc()

    def show(self) -> None:
        """Work out the request rate, in the thread of the scrape."""
        now, count = self._clock(), self._requests.read()
        if not count:
            return
        while len(self._looks) > 1 and self._looks[1][0] <= now - RATE_SECONDS:
            self._looks.popleft()
        since, before = self._looks[0]
        if now - since >= 1.0:  # over less, two scrapes at once would make a rate of one request
            self._rates.labels(self._venue).set((count - before) / (now - since))
        if now - self._looks[-1][0] >= 1.0:
            self._looks.append((now, count))
