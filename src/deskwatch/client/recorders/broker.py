"""Record the connection to a broker or venue."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from deskwatch.catalog.metrics import broker as catalog
from deskwatch.client import untrusted
from deskwatch.client.figure import Figure
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.naming import checked_name
from deskwatch.client.recorders.rate import RecentRate
from deskwatch.client.recorders.recorder import Recorder
from deskwatch.client.series import Counts
from deskwatch.client.venue.reasons import ConnectionReason, RejectReason

API_RATE_SECONDS: Final = 10.0
"""What ``broker_api_calls_per_second`` looks back: short, because brokers limit by the second."""


class BrokerMetrics(Recorder):
    """Tells deskwatch of the connection to a broker. No call raises or waits after the declaration.

    Args:
        broker: Names it, in the label ``broker``.
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.

    Raises:
        ValueError: The broker's name is empty or too long, there is no such dialect, or another recorder of the
            registry speaks another one.
    """

    def __init__(
        self,
        broker: str = "default",
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry=registry, dialect=dialect, port=port, clock=clock, link=link)
        name, family = checked_name("broker", broker), self._declares.family
        self._connected = Figure(self._drops, family(catalog.CONNECTED), name)
        errors, rejects = family(catalog.CONNECTION_ERRORS), family(catalog.REJECTS)
        self._connection_errors: dict[str, Counts] = {each: errors.labels(name, each) for each in ConnectionReason}
        self._rejects: dict[str, Counts] = {each: rejects.labels(name, each) for each in RejectReason}
        self._fees_unknown: Counts = family(catalog.FEES_UNKNOWN).labels(name)
        self._weight = Figure(self._drops, family(catalog.REQUEST_WEIGHT), name)
        self._clock_offset = Figure(self._drops, family(catalog.CLOCK_OFFSET), name)
        self._reconnections: Counts = family(catalog.RECONNECTIONS).labels(name)
        self._pacing_violations: Counts = family(catalog.PACING_VIOLATIONS).labels(name)
        self._calls: Counts = family(catalog.API_CALLS).labels(name)
        self._api_rate = Figure(self._drops, family(catalog.API_RATE), name)
        self._rate = RecentRate(API_RATE_SECONDS, clock())
        self._registry.show_before_exposing(self)

    def record_connected(self, connected: bool) -> None:
        """Say whether the broker is connected now."""
        self._connected.tell(connected)

    def record_connection_error(self, count: float = 1.0, reason: str = ConnectionReason.OTHER) -> None:
        """Count connections, and calls, that failed before the broker judged.

        Args:
            count: How many.
            reason: Why, a word of ``ConnectionReason``; another is counted as ``other``.
        """
        known = untrusted.text(reason) or ""
        self._connection_errors[known if known in self._connection_errors else ConnectionReason.OTHER].inc(count)

    def record_reconnection(self, count: float = 1.0) -> None:
        """Count connections that were made again."""
        self._reconnections.inc(count)

    def record_pacing_violation(self, count: float = 1.0) -> None:
        """Count calls that the broker refused because there were too many."""
        self._pacing_violations.inc(count)

    def record_call(self, count: float = 1.0) -> None:
        """Count calls to the broker."""
        self._calls.inc(count)
        self._rate.add(count)

    def record_api_rate(self, per_second: float) -> None:
        """Tell the calls a second; they are then no longer worked out from ``record_call``."""
        self._api_rate.tell(per_second)

    def record_request_weight(self, used: float, limit: float) -> None:
        """Tell how much of the broker's request limit is used, in whatever the broker counts."""
        amount, of = untrusted.finite(used), untrusted.finite(limit)
        if amount is None or of is None or of <= 0:
            self._drops.count(DropReason.NOT_A_NUMBER)
            return
        self._weight.tell(amount / of)

    def record_clock_offset(self, offset_seconds: float) -> None:
        """Tell how far the bot's clock is ahead of the broker's; negative is behind."""
        self._clock_offset.tell(offset_seconds)

    def record_reject(self, reason: str = RejectReason.OTHER) -> None:
        """Count an order that was not taken.

        Args:
            reason: Why, a word of ``RejectReason``; another is counted as ``other``.
        """
        known = untrusted.text(reason) or ""
        self._rejects[known if known in self._rejects else RejectReason.OTHER].inc()

    def record_fee_unknown(self) -> None:
        """Count a fill whose fee is in a currency that the ledger has no rate of."""
        self._fees_unknown.inc()

    def show(self) -> None:
        """Set what is worked out in a scrape."""
        self._api_rate.show(self._rate.per_second(self._clock()))
