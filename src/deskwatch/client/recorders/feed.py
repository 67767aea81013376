"""Record what comes from a feed, and how good it is.

Way:     a call in the bot → [feed] → registry.
Time:    the age of the newest data grows by itself from scrape to scrape: a feed that has died says nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from deskwatch.catalog.metrics import data, ingestion
from deskwatch.client import untrusted
from deskwatch.client.figure import Figure
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.rate import RecentRate
from deskwatch.client.series import Counts, Declares, Labelled

THROUGHPUT_SECONDS: Final = 60.0
"""What ``ingestion_messages_per_second`` looks back: four scrapes of Prometheus's usual 15 s."""


class FeedRecorder:
    """Records one feed; no call raises or waits.

    Args:
        declares: Where its metrics are declared.
        feed: The label ``feed``.
        clock: Gives the wall time in seconds.
    """

    def __init__(self, declares: Declares, feed: str, clock: Callable[[], float]) -> None:
        family, drops = declares.family, declares.drops
        self._drops = drops
        self._feed = feed
        self._clock = clock
        self._newest: float | None = None
        self._rate = RecentRate(THROUGHPUT_SECONDS, clock())
        self._messages: Counts = family(ingestion.MESSAGES).labels(feed)
        self._missing_ticks: Counts = family(data.MISSING_TICKS).labels(feed)
        self._gaps: Counts = family(data.GAPS).labels(feed)
        self._errors: Labelled[Counts] = family(data.QUALITY_ERRORS)
        self._throughput = Figure(drops, family(ingestion.MESSAGE_RATE), feed)
        self._staleness = Figure(drops, family(data.STALENESS), feed)
        self._completeness = Figure(drops, family(data.COMPLETENESS), feed)
        self._quality = Figure(drops, family(data.QUALITY), feed)
        self._missing = Figure(drops, family(data.MISSING), feed)
        self._outliers = Figure(drops, family(data.OUTLIERS), feed)

    def record_messages(self, count: float = 1.0) -> None:
        """Count messages that were processed."""
        self._messages.inc(count)
        self._rate.add(count)

    def record_throughput(self, per_second: float) -> None:
        """Tell the messages a second; they are then no longer worked out from ``record_messages``."""
        self._throughput.tell(per_second)

    def note_data(self, market_time: float | None = None) -> None:
        """Say that data came.

        Args:
            market_time: Its time in the market, Unix seconds; by default now. Data from before the newest does not turn
                it back; what is no such time is dropped and counted.
        """
        seconds = self._clock() if market_time is None else untrusted.unix_seconds(market_time)
        if seconds is None:
            self._drops.count(DropReason.MARKET_TIME)
        elif self._newest is None or seconds > self._newest:
            self._newest = seconds

    def record_staleness(self, seconds: float) -> None:
        """Tell how old the newest data is now; it grows from here until the next call or the next tick."""
        age = untrusted.finite(seconds)
        if age is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
        else:
            self._newest = self._clock() - age

    def record_gap(self, count: float = 1.0) -> None:
        """Count gaps in the data."""
        self._gaps.inc(count)

    def record_missing_ticks(self, count: float = 1.0) -> None:
        """Count ticks that should have come and did not."""
        self._missing_ticks.inc(count)

    def record_data_error(self, error_type: str) -> None:
        """Count data that could not be used, by a type such as ``negative_price``; keep the types few."""
        self._errors.labels(self._feed, error_type).inc()

    def record_quality(
        self,
        *,
        completeness_ratio: float | None = None,
        score_ratio: float | None = None,
        missing_ratio: float | None = None,
        outlier_ratio: float | None = None,
    ) -> None:
        """Tell how good the data is, each 0 to 1.

        Args:
            completeness_ratio: What came, of what should have come.
            score_ratio: The bot's own score of its data.
            missing_ratio: Values that are missing, of all.
            outlier_ratio: Values that are outliers, of all.
        """
        self._completeness.tell(completeness_ratio)
        self._quality.tell(score_ratio)
        self._missing.tell(missing_ratio)
        self._outliers.tell(outlier_ratio)

    def show(self) -> None:
        """Set what is worked out in a scrape."""
        now = self._clock()
        self._throughput.show(self._rate.per_second(now))
        if self._newest is not None:
            self._staleness.show(max(0.0, now - self._newest))
