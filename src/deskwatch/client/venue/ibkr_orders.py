"""Record what ib_async's events tell of orders and executions; each execution once, with its commission.

Way:     ib_async's Trade, Fill and CommissionReport → [ibkr_orders] → TradingMetrics, BrokerMetrics, guard.
Threads: ib_async's loop.
Source:  https://ib-api-reloaded.github.io/ib_async/api.html and
         https://interactivebrokers.github.io/tws-api/executions_commissions.html (corrections: the same id with another
         number after its last point)
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.guard import Guard
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.amounts import NO_FEE, Fee, fee_of, units_of
from deskwatch.client.venue.fills import MAX_KEPT
from deskwatch.client.venue.ibkr_codes import CANCELLED, reject_reason
from deskwatch.client.venue.placing import Outcome
from deskwatch.client.venue.reasons import RejectReason

COMMISSION_SECONDS: Final = 2.0
"""So long a fill waits for its commission, which comes as a message of its own; then it is recorded without."""

_TAKEN: Final = frozenset({"PreSubmitted", "Submitted"})
_ENDED: Final = frozenset({"Filled", "Cancelled", "ApiCancelled", "Inactive"})
_BY_SYMBOL: Final = frozenset({"STK", "CRYPTO", "IND", "CFD", "FUND"})

Later = Callable[[float, Callable[[], None]], object]


@dataclass(slots=True)
class _Order:
    symbol: str
    side: str
    units: Decimal
    sent_at: float | None
    answered: bool = False
    ended: bool = False


@dataclass(slots=True)
class _Executed:
    """One execution as it was recorded; a correction takes it back first."""

    exec_id: str
    symbol: str
    side: str
    units: Decimal
    price: Decimal
    fee: Fee
    order_id: str
    market_time: float | None


class IbkrOrders:
    """Reads orders and executions.

    Args:
        metrics: Where they are recorded.
        guard: What is told of them; ``None`` for nobody.
        broker: Where rejects are counted.
        since: Unix seconds; what was executed before is not recorded.
        timer: Gives seconds that only go forward.
        later: Does something in so many seconds, on ib_async's loop.
    """

    def __init__(
        self,
        metrics: TradingMetrics,
        guard: Guard | None,
        broker: BrokerMetrics,
        *,
        since: float,
        timer: Callable[[], float],
        later: Later,
    ) -> None:
        self._metrics = metrics
        self._guard = guard
        self._own_guard = guard if guard is not metrics.guard else None  # the other is told by record_fill
        self._broker = broker
        self._since = since
        self._timer = timer
        self._later = later
        self._orders: OrderedDict[str, _Order] = OrderedDict()
        self._waiting: dict[str, _Executed] = {}
        self._executed: OrderedDict[str, _Executed] = OrderedDict()

    def units(self, quantity: object, contract: Any) -> Decimal | None:  # noqa: ANN401  (ib_async's Contract)
        """Return a quantity as the ledger counts it: a future of a multiplier of 50 holds 50, unless it is declared."""
        return units_of(self._metrics.ledger, symbol_of(contract), quantity, contract.multiplier or None)

    def placed(self, trade: Any) -> None:  # noqa: ANN401  (ib_async's Trade)
        """Take an order that the bot places now."""
        order = self._order(trade, sent_at=self._timer())
        self._metrics.record_order(order.symbol, order.side, Outcome.SENT)

    def changed(self, trade: Any) -> None:  # noqa: ANN401  (as above)
        """Take a change of an order's status."""
        fresh, status = not self._known(trade), trade.orderStatus.status
        order = self._order(trade)
        if fresh and status in _ENDED:  # of an earlier session
            order.ended = True
        if status in _TAKEN or status == "Filled":
            self._answer(order, Outcome.ACCEPTED)
        if status not in _ENDED or order.ended:
            return
        order.ended = True
        code, said = _last_error(trade)
        if status == "Filled":
            self._metrics.record_order(order.symbol, order.side, Outcome.FILLED)
        elif (code and code not in CANCELLED) or (status == "Inactive" and not order.answered):
            self._reject(order, reject_reason(code, said) if code else RejectReason.EXCHANGE_ERROR)
        else:
            self._metrics.record_order(order.symbol, order.side, Outcome.CANCELLED)
        self._free(order, untrusted.money(trade.filled()))

    def lost_connection(self) -> None:
        """Take it that nobody knows what became of orders that were not answered yet."""
        for order in self._orders.values():
            if not order.answered and not order.ended and order.sent_at is not None:
                order.answered = True
                self._metrics.record_order(order.symbol, order.side, Outcome.UNKNOWN)

    def executed(self, trade: Any, fill: Any) -> None:  # noqa: ANN401  (ib_async's Trade, or None, and Fill)
        """Take an execution, and wait a little for its commission."""
        execution, symbol = fill.execution, symbol_of(fill.contract)
        units, price = self.units(execution.shares, fill.contract), untrusted.money(execution.price)
        before = self._executed.get(_stem(execution.execId))
        known = execution.execId in self._waiting or (before is not None and before.exec_id >= execution.execId)
        at = execution.time.timestamp()
        old = trade is None and at < math.floor(self._since)  # TWS tells whole seconds
        if known or units is None or price is None or old:
            return
        if trade is not None:
            self._answer(self._order(trade), Outcome.ACCEPTED)
        side = "BUY" if execution.side in ("BOT", "BUY") else "SELL"
        order_id = str(execution.permId or execution.orderId)
        self._waiting[execution.execId] = _Executed(
            execution.execId, symbol, side, units, price, NO_FEE, order_id, market_time=at
        )
        if fill.commissionReport.execId:
            self.charged(fill, fill.commissionReport)
        else:
            self._later(COMMISSION_SECONDS, lambda: self._record(execution.execId))

    def charged(self, fill: Any, report: Any) -> None:  # noqa: ANN401  (ib_async's Fill and CommissionReport)
        """Take the commission of an execution, and record it now."""
        executed, cost = self._waiting.get(report.execId), untrusted.money(report.commission)
        if executed is None:
            return
        if cost is not None:
            contract, currency = fill.contract, report.currency or None
            money, base, price = (contract.currency,), contract.symbol, executed.price
            fee = fee_of(self._metrics.ledger, cost, currency, money=money, base=base, price=price)
            if fee is None:
                self._broker.record_fee_unknown()
            executed.fee = fee or NO_FEE
        self._record(report.execId)

    def _record(self, exec_id: str) -> None:
        executed = self._waiting.pop(exec_id, None)
        if executed is None:
            return
        before = self._executed.get(_stem(exec_id))
        if before is not None:  # a correction
            opposite = "SELL" if before.side == "BUY" else "BUY"
            self._fill(before, opposite, -before.fee.amount)
        self._fill(executed, executed.side, executed.fee.amount)
        self._executed[_stem(exec_id)] = executed
        if len(self._executed) > MAX_KEPT:
            self._executed.popitem(last=False)

    def _fill(self, executed: _Executed, side: str, fee: Decimal) -> None:
        self._metrics.record_fill(
            executed.symbol,
            side,
            executed.units,
            executed.price,
            fee,
            fee_currency=executed.fee.currency,
            order_id=executed.order_id,
            market_time=executed.market_time,
        )
        if self._own_guard is not None:
            self._own_guard.order_filled(executed.symbol, side, executed.units, executed.price)

    def _known(self, trade: Any) -> bool:  # noqa: ANN401  (as above)
        return any(key in self._orders for key in _keys(trade.order))

    def _order(self, trade: Any, sent_at: float | None = None) -> _Order:  # noqa: ANN401  (as above)
        keys = _keys(trade.order)
        order = next((self._orders[key] for key in keys if key in self._orders), None)
        if order is None:
            side = "BUY" if trade.order.action == "BUY" else "SELL"
            units = self.units(trade.order.totalQuantity, trade.contract) or Decimal(0)
            order = _Order(symbol_of(trade.contract), side, units, sent_at)
        for key in keys:
            self._orders[key] = order
        while len(self._orders) > MAX_KEPT:
            self._orders.popitem(last=False)
        return order

    def _answer(self, order: _Order, outcome: Outcome) -> None:
        if order.answered or order.sent_at is None:
            return
        order.answered = True
        self._metrics.record_order(order.symbol, order.side, outcome, self._timer() - order.sent_at)
        if self._guard is not None:
            self._guard.order_accepted()

    def _reject(self, order: _Order, reason: RejectReason) -> None:
        latency = None if order.sent_at is None or order.answered else self._timer() - order.sent_at
        order.answered = True
        self._metrics.record_order(order.symbol, order.side, Outcome.REJECTED, latency)
        self._broker.record_reject(reason)
        if self._guard is not None:
            self._guard.order_rejected()

    def _free(self, order: _Order, filled: Decimal | None) -> None:
        left = order.units - (filled or Decimal(0))
        if self._guard is not None and left > 0:
            self._guard.order_closed(order.symbol, order.side, left)


def _keys(order: Any) -> list[str]:  # noqa: ANN401  (ib_async's Order)
    """Return the names of an order: TWS gives it a permanent one, and may then leave out the bot's own."""
    own = [f"{order.clientId} {order.orderId}"] if order.orderId else []
    return [f"permanent {order.permId}", *own] if order.permId else own


def _stem(exec_id: str) -> str:
    """Return what an execution and its corrections have in common."""
    return exec_id.rpartition(".")[0] or exec_id


def symbol_of(contract: Any) -> str:  # noqa: ANN401  (ib_async's Contract)
    """Return a label for a contract: the symbol of shares and coins, the pair of currencies, else the local symbol."""
    if contract.secType == "CASH":
        return f"{contract.symbol}.{contract.currency}"
    if contract.secType in _BY_SYMBOL:
        return str(contract.symbol)
    return str(contract.localSymbol or contract.symbol)


def _last_error(trade: Any) -> tuple[int, str]:  # noqa: ANN401  (as above)
    """Return the code and the words of the error that ended an order; 0 if none did."""
    entry = trade.log[-1] if trade.log else None
    return (entry.errorCode, entry.message) if entry is not None else (0, "")
