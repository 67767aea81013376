"""Watch Interactive Brokers by the events of ib_async.

Way:     ib_async's events → [watch] → ibkr_orders, BrokerMetrics → TradingMetrics.
Threads: ib_async's loop calls; what is done there takes microseconds and cannot raise. The count of messages that were
         sent is read by the thread of the scrape.
Source:  https://ib-api-reloaded.github.io/ib_async/api.html#module-ib_async.ib (Events)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.extra import load
from deskwatch.client.guard import Guard
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.ibkr_codes import (
    CONNECTION_LOST,
    CONNECTION_RESTORED,
    api_error_reason,
    connection_reason,
    is_pacing_violation,
)
from deskwatch.client.venue.ibkr_orders import IbkrOrders, symbol_of

NAME: Final = "ibkr"


def watch(
    ib: Any,  # noqa: ANN401  (ib_async's IB)
    metrics: TradingMetrics,
    *,
    guard: Guard | None = None,
    equity: str | None = None,
    positions: bool = False,
    marks: bool = True,
    broker: BrokerMetrics | None = None,
    clock: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.perf_counter,
) -> IbkrWatch:
    """Record what a bot does with Interactive Brokers; before or after it connects.

    Args:
        ib: The ``ib_async.IB`` that the bot uses.
        metrics: Where orders, fills and equity are recorded.
        guard: Told of orders, positions and market time; by default that of ``metrics``.
        equity: Record the account's ``NetLiquidation`` in this currency whenever it comes, such as ``USD``.
        positions: Correct the guard's positions whenever TWS tells one.
        marks: Value positions at the market price of every ticker that comes.
        broker: Where the connection is recorded; by default a recorder named ``ibkr``, beside ``metrics``.
        clock: Gives the wall time in seconds.
        timer: Gives seconds that only go forward.

    Raises:
        MissingExtraError: ib_async is not installed.
        ValueError: ``ib`` is no IB of ib_async.
    """
    module = load("ib_async", "ibkr", "Watching Interactive Brokers")
    if not isinstance(ib, module.IB):
        raise ValueError(f"ib must be an IB of ib_async, was {ib!r}")  # noqa: TRY004  (a wrong declaration)
    told = guard if guard is not None else metrics.guard
    known = broker if broker is not None else BrokerMetrics(NAME, registry=metrics.registry)
    orders = IbkrOrders(metrics, told, known, since=clock(), timer=timer, later=_later)
    watched = IbkrWatch(ib, metrics, orders, known, guard=told, equity=equity)
    watched.install(positions=positions, marks=marks)
    known.registry.show_before_exposing(watched)
    return watched


class IbkrWatch:
    """What listens to one IB; ``stop`` lets go of it.

    Attributes:
        broker: The recorder of the connection, for what else the bot knows of it.
    """

    def __init__(
        self,
        ib: Any,  # noqa: ANN401  (as above)
        metrics: TradingMetrics,
        orders: IbkrOrders,
        broker: BrokerMetrics,
        *,
        guard: Guard | None,
        equity: str | None,
    ) -> None:
        self.broker = broker
        self._ib = ib
        self._metrics = metrics
        self._orders = orders
        self._guard = guard
        self._equity = equity
        self._listeners: list[tuple[Any, Callable[..., None]]] = []
        self._sent_before = 0
        self._was_connected = False

    def install(self, *, positions: bool, marks: bool) -> None:
        """Listen from now on."""
        ib, orders = self._ib, self._orders
        self._listen(ib.newOrderEvent, orders.placed)
        self._listen(ib.orderStatusEvent, orders.changed)
        self._listen(ib.openOrderEvent, orders.changed)
        self._listen(ib.execDetailsEvent, orders.executed)
        self._listen(ib.commissionReportEvent, lambda _, fill, report: orders.charged(fill, report))
        self._listen(ib.errorEvent, self._error)
        self._listen(ib.connectedEvent, self._connected)
        self._listen(ib.disconnectedEvent, self._disconnected)
        self._listen(ib.client.apiError, self._api_error)
        if self._equity is not None:
            self._listen(ib.accountValueEvent, self._account_value)
        if positions:
            self._listen(ib.positionEvent, self._position)
        if marks:
            self._listen(ib.pendingTickersEvent, self._tickers)

    def stop(self) -> None:
        """Listen no more."""
        for event, listener in self._listeners:
            event.disconnect(listener)
        self._listeners.clear()

    def show(self) -> None:
        """Count the messages that were sent since the last look, in the thread of the scrape."""
        sent = self._ib.client.conn.numMsgSent
        self.broker.record_call(
            sent - self._sent_before if sent >= self._sent_before else sent
        )  # a new socket begins at 0
        self._sent_before = sent

    def _listen(self, event: Any, handler: Callable[..., object]) -> None:  # noqa: ANN401  (eventkit's Event)
        def listener(*told: object) -> None:
            try:
                handler(*told)
            except Exception:  # noqa: BLE001  (another version may name things otherwise)
                self.broker.registry.drops.count(DropReason.INTERNAL)

        event.connect(listener, keep_ref=True)
        self._listeners.append((event, listener))

    def _connected(self) -> None:
        if self._was_connected:
            self.broker.record_reconnection()
        self._was_connected = True
        self.broker.record_connected(connected=True)
        for trade in self._ib.trades():
            self._orders.changed(trade)
        for fill in self._ib.fills():  # executions of the time without a connection come without an event
            self._orders.executed(None, fill)

    def _disconnected(self) -> None:
        self.broker.record_connected(connected=False)
        self._orders.lost_connection()

    def _api_error(self, said: str) -> None:
        self.broker.record_connection_error(reason=api_error_reason(said))
        self.broker.record_connected(connected=False)

    def _error(self, _: int, code: int, said: str, *__: object) -> None:
        reason = connection_reason(code)
        if reason is not None:
            self.broker.record_connection_error(reason=reason)
        if is_pacing_violation(code, said):
            self.broker.record_pacing_violation()
        if code in CONNECTION_LOST:
            self.broker.record_connected(connected=False)
        elif code in CONNECTION_RESTORED:
            self.broker.record_reconnection()
            self.broker.record_connected(connected=True)

    def _account_value(self, value: Any) -> None:  # noqa: ANN401  (ib_async's AccountValue)
        if value.tag == "NetLiquidation" and value.currency == self._equity and not value.modelCode:
            self._metrics.record_equity(value.value)

    def _position(self, position: Any) -> None:  # noqa: ANN401  (ib_async's Position)
        held, cost = self._orders.units(position.position, position.contract), untrusted.money(position.avgCost)
        contracts = untrusted.money(position.position)
        if self._guard is not None and held is not None and cost is not None and contracts is not None:
            each = cost * contracts / held if held else cost  # TWS tells the cost of a whole contract
            self._guard.note_position(symbol_of(position.contract), held, each)

    def _tickers(self, tickers: Iterable[Any]) -> None:
        for ticker in tickers:
            at = ticker.time.timestamp() if ticker.time is not None else None
            price = untrusted.finite(ticker.marketPrice())
            if price is not None and price > 0:  # -1 stands for none
                self._metrics.record_mark(symbol_of(ticker.contract), price, at)
            elif at is not None and self._guard is not None:
                self._guard.note_market_time(at)


def _later(seconds: float, deed: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, deed)
