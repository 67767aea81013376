"""Take up the records of the client in the bot: commit what must not be lost, hand the rest on.

Way:     records -> [sink] -> state (fills, guard, journal), alerting (raised alerts); then supervise (heartbeat),
         scrape (where), reconcile.
Order:   the answer to the bot is given after the commit, so what was lost on the way is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter

from deskwatch.model import Clock, Event, EventKind
from deskwatch.server.ingest import guard_memory
from deskwatch.server.ingest.records import (
    Fill,
    GuardChange,
    Heartbeat,
    Hello,
    LogLine,
    RaisedAlert,
    RecordBatch,
    RecordReason,
)
from deskwatch.server.storage import state
from deskwatch.server.storage.state import StateStore, Transaction, fills


class RaisedAlertSink(Protocol):
    """Where the alerts go that bots raise themselves."""

    async def take(self, bot: str, raised: Sequence[RaisedAlert]) -> None:
        """Commit the alerts; an exception means that none of them counts as taken."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who hears of what, after the commit.

    Attributes:
        hello: The client of a bot has started.
        heartbeat: The loop of a bot runs, as of a time in milliseconds.
        guard: The guard of a bot has changed.
        log: A bot logged a line.
    """

    hello: Callable[[str, Hello], None]
    heartbeat: Callable[[str, int], None]
    guard: Callable[[str, GuardChange], None]
    log: Callable[[str, LogLine], None]


class RecordSink:
    """Takes up batches of records.

    Args:
        store: Where fills, guard states and events are kept.
        hooks: Who hears of what.
        raised: Takes the alerts that bots raise themselves.
        clock: Stamps the events.
        registry: Where the sink counts itself.
    """

    def __init__(
        self, store: StateStore, hooks: Hooks, raised: RaisedAlertSink, clock: Clock, registry: CollectorRegistry
    ) -> None:
        self._store = store
        self._raised = raised
        self._hooks = hooks
        self._clock = clock
        self._taken = Counter("deskwatch_ingest_records", "Records taken from bots.", registry=registry)
        self._rejected = Counter(
            "deskwatch_ingest_records_rejected", "Records not taken.", ["reason"], registry=registry
        )
        for reason in RecordReason:
            self._rejected.labels(reason.value)

    async def take(self, batch: RecordBatch) -> None:
        """Take up a batch; what must be durable is when this returns.

        Raises:
            StorageError: Nothing of the batch was taken.
        """
        for reason, count in batch.rejected.items():
            self._rejected.labels(reason.value).inc(count)
        durable = [record for record in batch.records if isinstance(record, Fill | GuardChange)]
        if durable:
            await self._store.write(lambda tx: self._commit(tx, batch.bot, durable))
        raised = [record for record in batch.records if isinstance(record, RaisedAlert)]
        if raised:
            await self._raised.take(batch.bot, raised)
        self._taken.inc(len(batch.records))
        self._hand_on(batch)

    def _commit(self, tx: Transaction, bot: str, records: Iterable[Fill | GuardChange]) -> None:
        for record in records:
            if isinstance(record, Fill):
                self._keep_fill(tx, bot, record)
            else:
                guard_memory.keep(tx, bot, record, self._clock.now_ms())

    def _keep_fill(self, tx: Transaction, bot: str, fill: Fill) -> None:
        is_first = not fills.newest(tx.conn, bot, 1)
        if fills.record(tx, _row(bot, fill)) and is_first:
            detail = {"side": fill.side, "quantity": str(fill.quantity), "price": str(fill.price)}
            tx.event(Event(EventKind.FIRST_FILL, self._clock.now_ms(), bot, fill.symbol, detail))

    def _hand_on(self, batch: RecordBatch) -> None:
        for record in batch.records:
            match record:
                case Hello():
                    self._hooks.hello(batch.bot, record)
                case Heartbeat():
                    self._hooks.heartbeat(batch.bot, record.ts_ms)
                case GuardChange():
                    self._hooks.guard(batch.bot, record)
                case LogLine():
                    self._hooks.log(batch.bot, record)
                case Fill() | RaisedAlert():
                    pass  # it was committed above, and whoever wants it reads it there


def _row(bot: str, fill: Fill) -> state.Fill:
    return state.Fill(
        bot=bot,
        fill_id=fill.id,
        ts_ms=fill.ts_ms,
        market_ts_ms=fill.market_ts_ms,
        strategy=fill.strategy,
        symbol=fill.symbol,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        currency=fill.currency,
        order_id=fill.order_id or "",
        realized_pnl=fill.realized_pnl,
        position_after=fill.position_after,
    )
