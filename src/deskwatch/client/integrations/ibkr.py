"""Watch Interactive Brokers through ib_async: orders, fills, refusals, the connection, pacing, equity and positions.

Way:     ib_async's events → [watch] → client.ibkr → TradingMetrics, IbkrMetrics, guard.
Threads: that of the bot's event loop, in which ib_async emits its events. The watch sends nothing to TWS.
Source:  https://ib-api-reloaded.github.io/ib_async/api.html#ib_async.ib.IB (events)
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import diagnostics, untrusted
from deskwatch.client.extra import load
from deskwatch.client.ibkr.codes import kind_of
from deskwatch.client.ibkr.connection import Connection
from deskwatch.client.ibkr.contracts import COMBO, Contracts, SymbolOf, symbol_of
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.ibkr.executions import Execution, Executions, read_execution
from deskwatch.client.ibkr.guarded import guarded
from deskwatch.client.ibkr.metrics import IbkrMetrics
from deskwatch.client.ibkr.orders import Orders
from deskwatch.client.ibkr.positions import Positions
from deskwatch.client.metrics import DropReason
from deskwatch.client.trading import TradingMetrics

COMMISSION_SECONDS: Final = 5.0
"""How long a fill waits for its commission; TWS sends it right after the execution."""

HEARTBEAT_SECONDS: Final = 1.0
"""A sign of life of the event loop while TWS is silent, as often as the monitor is told of one."""

EQUITY_TAG: Final = "NetLiquidation"
"""Source: https://interactivebrokers.github.io/tws-api/interfaceIBApi_1_1EWrapper.html (updateAccountValue)"""

_watched: weakref.WeakSet[Any] = weakref.WeakSet()


def watch(
    ib: Any,  # noqa: ANN401  (ib_async has no types that mypy could check)
    metrics: TradingMetrics,
    *,
    account: str = "",
    marks: bool | Iterable[str] = False,
    symbol_of: SymbolOf = symbol_of,
    stages: bool = True,
    commission_seconds: float = COMMISSION_SECONDS,
    broker: str = "ibkr",
    dialect: str | None = None,
    clock: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.monotonic,
) -> Watch:
    """Record what a bot does by ib_async, before or after it connected. Nothing is asked of TWS.

    Args:
        ib: The bot's ``ib_async.IB``.
        metrics: Where orders, fills, marks and equity are recorded. Its guard is told of orders and positions.
        account: The one to watch where a login has several; without it, equity and positions of several are left out.
        marks: Record the prices of the tickers that the bot asked for: all of them, or those of these symbols.
        symbol_of: Names a contract in the label ``symbol``.
        stages: Record ``trading_order_stage_latency_seconds`` too: from sending to the answer as ``intent_to_ack``, to
            the whole fill as ``fill``. Not for a bot that records them itself.
        commission_seconds: How long a fill waits for its commission.
        broker: The label ``broker``.
        dialect: That of ``metrics``.
        clock: Gives the wall time in seconds.
        timer: Gives seconds that only go forward.

    Raises:
        MissingExtraError: ib_async is not installed.
        TypeError: It is no ``IB``.
        ValueError: It is watched already, the wait is not above 0, or there is no such dialect.
    """
    library = load("ib_async", "ibkr", "Watching Interactive Brokers")
    if not isinstance(ib, library.IB):
        raise TypeError(f"ib must be an ib_async.IB(), was {ib!r}")
    if ib in _watched:
        raise ValueError("this IB is watched already; stop that watch first")
    if not commission_seconds > 0:
        raise ValueError(f"commission_seconds must be above 0, was {commission_seconds!r}")
    told = IbkrMetrics(broker, registry=metrics.registry, dialect=dialect, clock=clock)
    watched = Watch(
        ib,
        metrics,
        told,
        account=account,
        marks=marks if isinstance(marks, bool) else frozenset(marks),
        contracts=Contracts(symbol_of, told.drops),
        delays=Delays(commission_seconds, timer, told.drops),
        stages=stages,
        clock=clock,
        timer=timer,
    )
    _watched.add(ib)
    watched.hook()
    return watched


class Watch:
    """What watches one ``IB``; ``stop`` lets go of it.

    Attributes:
        broker: The metrics of the connection, for what else the bot knows of it.
    """

    def __init__(
        self,
        ib: Any,  # noqa: ANN401  (as above)
        metrics: TradingMetrics,
        broker: IbkrMetrics,
        *,
        account: str,
        marks: bool | frozenset[str],
        contracts: Contracts,
        delays: Delays,
        stages: bool,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        self.broker = broker
        self._ib = ib
        self._metrics = metrics
        self._account = account
        self._marks = marks
        self._contracts = contracts
        self._delays = delays
        self._connection = Connection(ib.client, broker, connected=ib.isConnected())
        self._orders = Orders(metrics, contracts, delays, timer, stages=stages)
        self._executions = Executions(metrics, broker, delays, self._filled)
        self._positions = Positions(metrics.guard, delays, self._executions.waits_for)
        self._ready = ib.isConnected()
        self._began = clock()
        self._knows_past = self._ready
        self._pulse: asyncio.TimerHandle | None = None
        self._hooks: list[tuple[Any, Callable[..., None]]] = []

    def hook(self) -> None:
        """Listen to the events; what happened before is left out, and positions are taken as they are."""
        ib = self._ib
        for event, handler in (
            (ib.connectedEvent, self._connected),
            (ib.disconnectedEvent, self._disconnected),
            (ib.client.apiError, self._connection.failed),
            (ib.updateEvent, self._updated),
            (ib.newOrderEvent, self._orders.placed),
            (ib.cancelOrderEvent, self._orders.cancel_sent),
            (ib.orderStatusEvent, self._orders.changed),
            (ib.execDetailsEvent, self._executed),
            (ib.commissionReportEvent, self._commissioned),
            (ib.errorEvent, self._message),
            (ib.accountValueEvent, self._account_value),
            (ib.positionEvent, self._position),
            (ib.pendingTickersEvent, self._tickers),
        ):
            safe = guarded(handler, self.broker.drops)
            event.connect(safe, keep_ref=True)  # else it would be gone at once: nobody else holds it
            self._hooks.append((event, safe))
        if self._ready:
            guarded(self._take_over, self.broker.drops)()

    def stop(self) -> None:
        """Let go of ib_async, in the thread of its event loop; fills that wait for a commission are recorded now."""
        for event, handler in self._hooks:
            event.disconnect(handler)
        self._hooks.clear()
        guarded(self._executions.flush, self.broker.drops)()
        self._delays.close()
        if self._pulse is not None:
            self._pulse.cancel()
            self._pulse = None
        _watched.discard(self._ib)

    def _take_over(self) -> None:
        for fill in self._ib.fills():
            self._executions.leave_out(fill.execution.execId)
        for position in self._ib.positions():
            self._position(position)
        self._positions.believe()
        for value in self._ib.accountValues():
            self._account_value(value)
        self._beat()

    def _connected(self) -> None:
        self._ready = True
        self._connection.connected()
        if self._knows_past:
            self._catch_up()
        else:
            self._knows_past = True
            for fill in self._ib.fills():
                self._executions.leave_out(fill.execution.execId)
        self._positions.believe()
        self._updated()
        self._beat()

    def _catch_up(self) -> None:
        """Take what happened during an outage: ib_async emits no event for it."""
        for fill in self._ib.fills():
            self._asked_for(None, fill)
        self._orders.look_again(self._ib.trades())

    def _disconnected(self) -> None:
        self._ready = False
        self._connection.disconnected()
        self._connection.count_calls()
        self._executions.flush()  # the bot may be about to end

    def _updated(self) -> None:
        self._connection.count_calls()
        self._delays.run_due()
        self._metrics.heartbeat()

    def _beat(self) -> None:
        """Show that the event loop runs, also while TWS is silent."""
        if self._pulse is not None:
            self._pulse.cancel()
        self._pulse = None
        if not self._ready:
            return
        self._metrics.heartbeat()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a bot that runs the loop only now and then: each packet is a sign of life
            return
        self._pulse = loop.call_later(HEARTBEAT_SECONDS, self._beat)

    def _executed(self, trade: Any, fill: Any) -> None:  # noqa: ANN401  (as above)
        execution = self._read(trade, fill)
        if execution is not None:
            self._executions.take(execution)

    def _asked_for(self, trade: Any, fill: Any) -> None:  # noqa: ANN401  (as above)
        """Take an execution that may be old, and its commission if that is there."""
        told, report = fill.execution, fill.commissionReport
        if not self._executions.knows(told.execId):
            if told.time.timestamp() < int(self._began):  # TWS tells whole seconds
                self._executions.leave_out(told.execId)
                return
            self._executed(trade, fill)
        if report.execId:
            self._executions.commission(report.execId, report.commission, report.currency)

    def _commissioned(self, trade: Any, fill: Any, _report: Any) -> None:  # noqa: ANN401  (as above)
        if self._ready:  # while a connection is being made they are of the past, and ``_connected`` takes them
            self._asked_for(trade, fill)

    def _read(self, trade: Any, fill: Any) -> Execution | None:  # noqa: ANN401  (as above)
        told = fill.execution
        if fill.contract.secType == COMBO:  # its legs are executed too, and held
            return None
        if told.clientId != self._ib.client.clientId and not self._orders.owns(told.permId):
            return None
        if self._account not in ("", told.acctNumber):
            return None
        ordered = trade is not None and trade.contract.secType != COMBO
        execution = read_execution(fill, trade.contract if ordered else fill.contract, self._contracts)
        if execution is None:
            self.broker.drops.count(DropReason.FILL)
        return execution

    def _filled(self, symbol: str, units: Decimal) -> None:
        self._positions.filled(symbol, units)

    def _message(self, request_id: int, code: int, text: str, _contract: Any) -> None:  # noqa: ANN401  (as above)
        client_id = self._ib.client.clientId
        kind = kind_of(code, text, of_order=self._orders.knows(request_id, client_id))
        self.broker.record_message(kind)
        self._connection.message(kind)
        self._orders.message(request_id, client_id, code, text)

    def _account_value(self, value: Any) -> None:  # noqa: ANN401  (as above)
        if value.tag == EQUITY_TAG and not value.modelCode and self._is_mine(value.account):
            self._metrics.record_equity(value.value)

    def _position(self, position: Any) -> None:  # noqa: ANN401  (as above)
        if not self._is_mine(position.account):
            return
        contracts, contract = self._contracts, position.contract
        units, price = contracts.units(contract, position.position), contracts.unit_cost(contract, position.avgCost)
        if units is None or price is None:
            self.broker.drops.count(DropReason.ORDER)
            return
        self._positions.told(contracts.symbol(contract), units, price)

    def _is_mine(self, account: str) -> bool:
        if self._account:
            return account == self._account
        if len(self._ib.managedAccounts()) <= 1:
            return True
        self.broker.drops.count(DropReason.EQUITY)
        diagnostics.say("ibkr account", "TWS has several accounts; say which one to watch: watch(ib, …, account=…)")
        return False

    def _tickers(self, tickers: Iterable[Any]) -> None:
        if self._marks is False:
            return
        for ticker in tickers:
            symbol, price = self._contracts.symbol(ticker.contract), untrusted.finite(ticker.marketPrice())
            if price is not None and (self._marks is True or symbol in self._marks):
                self._metrics.record_mark(symbol, price, ticker.time.timestamp())
