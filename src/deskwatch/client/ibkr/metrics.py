"""Record the connection to Interactive Brokers, and what only this broker has."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskwatch.catalog.metrics import ibkr as catalog
from deskwatch.client.ibkr.codes import MessageKind
from deskwatch.client.metrics import Drops, Registry
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.series import Counts


class IbkrMetrics(BrokerMetrics):
    """``BrokerMetrics`` with the messages of TWS, and with fills whose commission came late or never.

    Args:
        broker: Names it, in the label ``broker``.
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        clock: Gives the wall time in seconds.

    Raises:
        ValueError: The broker's name is empty or too long, or there is no such dialect.
    """

    def __init__(
        self,
        broker: str = "ibkr",
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(broker, registry=registry, dialect=dialect, clock=clock)
        family = self._declares.family
        messages = family(catalog.MESSAGES)
        self._messages: dict[MessageKind, Counts] = {kind: messages.labels(broker, kind) for kind in MessageKind}
        self._without_commission: Counts = family(catalog.WITHOUT_COMMISSION).labels(broker)
        self._late_commissions: Counts = family(catalog.LATE_COMMISSIONS).labels(broker)
        self._corrections: Counts = family(catalog.CORRECTIONS).labels(broker)

    @property
    def drops(self) -> Drops:
        """Counts what could not be used."""
        return self._drops

    def record_message(self, kind: MessageKind) -> None:
        """Count a message of TWS."""
        self._messages[kind].inc()

    def record_fill_without_commission(self) -> None:
        """Count a fill that was recorded without its commission."""
        self._without_commission.inc()

    def record_late_commission(self) -> None:
        """Count a commission that came too late for its fill."""
        self._late_commissions.inc()

    def record_correction(self) -> None:
        """Count an execution that was corrected."""
        self._corrections.inc()
