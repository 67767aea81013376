"""Tell the monitor of a guard: where it stands, warnings, trips, resets, and what became of commands.

Way:     guard → [telling] → link, before all other records; server/ingest/records.py ``GuardChange`` reads it.
"""

from __future__ import annotations

from collections.abc import Callable

from deskwatch.client import untrusted
from deskwatch.client.guard.standing import Standing
from deskwatch.client.guard.state import GuardState, Trip
from deskwatch.client.guard.watch import Watch
from deskwatch.client.link import RecordSink
from deskwatch.client.obey import Commanded


class Telling:
    """One guard's way to the monitor.

    Args:
        link: Where the monitor is told.
        standing: Where the guard stands.
        strategy: For whom it speaks.
        now_ms: The wall time.

    Attributes:
        link: As given.
        strategy: As given; it may be set anew until the guard is introduced.
    """

    def __init__(self, link: RecordSink, standing: Standing, strategy: str, now_ms: Callable[[], int]) -> None:
        self.link = link
        self.strategy = strategy
        self._standing = standing
        self._now_ms = now_ms
        self._introduced_as: str | None = None

    def introduce(self, guard: Commanded) -> None:
        """Tell where the guard stands, so that the monitor can say if a latch was lost; commands reach it from now."""
        if self._introduced_as == self.strategy:
            return
        self._introduced_as = self.strategy
        self.link.heed(guard)
        latched = self._standing.latched
        self.stands("started", latched.limit, latched.reason)

    def stands(self, change: str, limit: str, reason: str, nonce: str = "") -> None:
        """Tell of something that is no trip."""
        latched = self._standing.latched
        self.tell(change, Trip(limit, reason, 0.0, 0.0, latched.state, latched.epoch, self._now_ms()), nonce)

    def warn(self, watch: Watch) -> None:
        """Tell that a limit is nearly reached; when all is stopped anyway nobody needs to know."""
        latched, limit = self._standing.latched, watch.limit
        if latched.state is GuardState.HALTED:
            return
        reason, value = watch.describe(), watch.value
        self.tell(
            "warned", Trip(limit.name, reason, value, limit.threshold, latched.state, latched.epoch, self._now_ms())
        )

    def tell(self, change: str, trip: Trip, nonce: str = "") -> None:
        """Send one record."""
        record: dict[str, object] = {
            "kind": "guard",
            "ts_ms": trip.ts_ms,
            "strategy": self.strategy,
            "state": trip.state.value,
            "change": change,
            "limit": trip.limit,
            "reason": trip.reason,
            "value": untrusted.finite(trip.value) or 0.0,  # NaN is no JSON
            "threshold": trip.threshold,
            "epoch": trip.epoch,
            "nonce": nonce,
            "on_disk": self._standing.on_disk,
        }
        self.link.send(record, urgent=True)
