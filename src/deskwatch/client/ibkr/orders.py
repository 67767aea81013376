"""Record what becomes of the orders that were placed by the watched client.

Way:     ib_async's ``Trade`` after each event → [orders] → TradingMetrics, guard.
Time:    ib_async takes most errors about an order for its end, also where the order lives on, and then tells nothing
         when TWS confirms the end. So an end that is in doubt is looked at again after a while.
Source:  https://interactivebrokers.github.io/tws-api/order_submission.html (order statuses)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.ibkr.codes import MessageKind, Reject, kind_of, reject_reason
from deskwatch.client.ibkr.contracts import COMBO, Contracts
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.trading import TradingMetrics

MAX_KEPT: Final = 10_000
"""Orders that are remembered, the oldest give way. DESIGN.md, "Inside the bot"."""

SENT: Final = "sent"
ACCEPTED: Final = "accepted"
FILLED: Final = "filled"
CANCEL_SENT: Final = "cancel_sent"
CANCELLED: Final = "cancelled"
REJECTED: Final = "rejected"
UNKNOWN: Final = "unknown"

_TAKEN: Final = frozenset({"PreSubmitted", "Submitted"})
_FILLED: Final = "Filled"
_ENDED: Final = frozenset({"Cancelled", "ApiCancelled", "Inactive"})
_INACTIVE: Final = "Inactive"
_DOUBTFUL: Final = (MessageKind.ORDER_STANDS, None)
_ZERO: Final = Decimal(0)

OrderKey = tuple[int, int]
"""Client id and order id."""


class _Placed:
    """What is known of an order."""

    __slots__ = ("accepted", "ended", "perm_id", "sent_at", "side", "symbol", "trade", "unknown")

    def __init__(self, trade: Any, symbol: str, side: str, sent_at: float) -> None:  # noqa: ANN401  (ib_async's Trade)
        self.trade = trade
        self.symbol = symbol
        self.side = side
        self.sent_at = sent_at
        self.perm_id = 0
        self.accepted = self.ended = self.unknown = False


class Orders:
    """Remembers orders and records their steps, each once.

    Args:
        metrics: Where orders are recorded; its guard is told too.
        contracts: Names what they are for.
        delays: How long an end that is in doubt is waited for.
        timer: Gives seconds that only go forward.
        stages: Record the stages ``intent_to_ack`` and ``fill`` as well.
    """

    def __init__(
        self,
        metrics: TradingMetrics,
        contracts: Contracts,
        delays: Delays,
        timer: Callable[[], float],
        *,
        stages: bool,
    ) -> None:
        self._metrics = metrics
        self._guard = metrics.guard
        self._contracts = contracts
        self._delays = delays
        self._timer = timer
        self._stages = stages
        self._placed: OrderedDict[OrderKey, _Placed] = OrderedDict()
        self._perm_ids: set[int] = set()
        self._open = 0

    def knows(self, order_id: int, client_id: int) -> bool:
        """Say whether the order was placed by the watched client since it is watched."""
        return (client_id, order_id) in self._placed

    def owns(self, perm_id: int) -> bool:
        """Say likewise by the permanent id."""
        return perm_id in self._perm_ids

    def placed(self, trade: Any) -> None:  # noqa: ANN401  (as above)
        """Take an order that has just been sent."""
        order, symbol = trade.order, self._contracts.symbol(trade.contract)
        key = (order.clientId, order.orderId)
        self._forget(self._placed.pop(key, None))  # TWS may begin its ids anew
        self._placed[key] = _Placed(trade, symbol, order.action, self._timer())
        if len(self._placed) > MAX_KEPT:
            self._forget(self._placed.popitem(last=False)[1])
        self._metrics.record_order(symbol, order.action, SENT)
        self._count_open(+1)

    def cancel_sent(self, trade: Any) -> None:  # noqa: ANN401  (as above)
        """Take note that a cancel was sent."""
        placed = self._of(trade)
        if placed is not None:
            self._metrics.record_order(placed.symbol, placed.side, CANCEL_SENT)

    def changed(self, trade: Any) -> None:  # noqa: ANN401  (as above)
        """Take an order's status."""
        placed = self._of(trade)
        if placed is None:
            return
        placed.trade = trade
        self._learn_perm_id(placed)
        status = trade.orderStatus.status
        if status in _TAKEN:
            self._accept(placed, self._since(placed))
            self._reopen(placed)
        elif status == _FILLED:
            self._fill(placed, self._since(placed))
        elif status in _ENDED and not placed.ended:
            self._judge(placed, status)

    def message(self, order_id: int, client_id: int, code: int, text: str) -> None:
        """Take what TWS says of an order, after ib_async has; most often ``changed`` has recorded it."""
        placed = self._placed.get((client_id, order_id))
        if placed is None or placed.ended or not placed.trade.isDone():
            return
        kind = kind_of(code, text, of_order=True)
        if kind is MessageKind.ORDER_REJECTED:
            self._reject(placed, reject_reason(code, text))
        elif kind is MessageKind.ORDER_CANCELLED:
            self._end(placed, CANCELLED)

    def look_again(self, trades: list[Any]) -> None:
        """Find what became of the orders during an outage; one that is not told of any more is *unknown*."""
        by_key = {(trade.order.clientId, trade.order.orderId): trade for trade in trades}
        by_perm_id = {trade.order.permId: trade for trade in trades if trade.order.permId}
        for key, placed in list(self._placed.items()):
            if placed.ended:
                continue
            trade = by_perm_id.get(placed.perm_id) or by_key.get(key)
            if trade is None:
                self._lose_sight(placed)
            else:
                placed.trade = trade
                self._follow(placed)

    def _follow(self, placed: _Placed) -> None:
        """Take what was missed; when it happened is not told, so no latency is recorded."""
        status = placed.trade.orderStatus.status
        if status in _TAKEN:
            self._accept(placed, None)
        elif status == _FILLED:
            self._fill(placed, None)
        elif status in _ENDED:
            self._end(placed, CANCELLED)

    def _lose_sight(self, placed: _Placed) -> None:
        if not placed.unknown:
            placed.unknown = True
            self._metrics.record_order(placed.symbol, placed.side, UNKNOWN)

    def _reopen(self, placed: _Placed) -> None:
        if placed.ended:  # ib_async had taken an error for the end
            placed.ended = False
            self._count_open(+1)

    def _forget(self, placed: _Placed | None) -> None:
        if placed is not None:
            self._perm_ids.discard(placed.perm_id)
            self._count_open(0 if placed.ended else -1)

    def _since(self, placed: _Placed) -> float:
        return self._timer() - placed.sent_at

    def _of(self, trade: Any) -> _Placed | None:  # noqa: ANN401  (as above)
        return self._placed.get((trade.order.clientId, trade.order.orderId))

    def _learn_perm_id(self, placed: _Placed) -> None:
        perm_id = placed.trade.orderStatus.permId or placed.trade.order.permId
        if perm_id and perm_id != placed.perm_id:
            placed.perm_id = perm_id
            self._perm_ids.add(perm_id)

    def _accept(self, placed: _Placed, seconds: float | None) -> None:
        if placed.accepted:
            return
        placed.accepted = True
        self._metrics.record_order(placed.symbol, placed.side, ACCEPTED, seconds)
        if self._stages and seconds is not None:
            self._metrics.record_order_latency(seconds, "intent_to_ack")
        if self._guard is not None:
            self._guard.order_accepted()

    def _fill(self, placed: _Placed, seconds: float | None) -> None:
        if placed.ended:
            return
        self._accept(placed, seconds)
        self._metrics.record_order(placed.symbol, placed.side, FILLED)
        if self._stages and seconds is not None:
            self._metrics.record_order_latency(seconds, "fill")
        placed.ended = True
        self._count_open(-1)

    def _judge(self, placed: _Placed, status: str) -> None:
        """Tell the end of an order from what ib_async only takes for it."""
        code, text = _last_error(placed.trade)
        kind = kind_of(code, text, of_order=True) if code else None
        if kind is MessageKind.ORDER_CANCELLED or (kind is None and status != _INACTIVE):
            self._end(placed, CANCELLED)
        elif kind is MessageKind.ORDER_REJECTED or not (placed.accepted or kind in _DOUBTFUL):
            self._reject(placed, reject_reason(code, text))
        else:
            self._delays.start(
                f"order {placed.trade.order.orderId}", lambda: self._settle(placed, inactive=kind is None)
            )

    def _settle(self, placed: _Placed, *, inactive: bool) -> None:
        if placed.ended or not placed.trade.isDone():
            return
        if inactive:
            self._reject(placed, Reject.OTHER)
        else:
            self._end(placed, CANCELLED)

    def _reject(self, placed: _Placed, reason: Reject) -> None:
        self._metrics.record_order_error(reason)
        self._end(placed, REJECTED, None if placed.accepted else self._since(placed))
        if self._guard is not None:
            self._guard.order_rejected()

    def _end(self, placed: _Placed, outcome: str, seconds: float | None = None) -> None:
        placed.ended = True
        self._metrics.record_order(placed.symbol, placed.side, outcome, seconds)
        left = self._left(placed)
        if self._guard is not None and left > 0:
            self._guard.order_closed(placed.symbol, placed.side, left)
        self._count_open(-1)

    def _left(self, placed: _Placed) -> Decimal:
        """Return the units that will not be filled; of a combination all, as its fills are those of its legs."""
        trade = placed.trade
        whole = self._contracts.units(trade.contract, trade.order.totalQuantity) or _ZERO
        if trade.contract.secType == COMBO:
            return whole
        filled = max(untrusted.finite(trade.orderStatus.filled) or 0.0, trade.filled())
        return whole - (self._contracts.units(trade.contract, filled) or _ZERO)

    def _count_open(self, change: int) -> None:
        self._open += change
        self._metrics.record_pending_orders(self._open)


def _last_error(trade: Any) -> tuple[int, str]:  # noqa: ANN401  (as above)
    """Return code and words of the error by which ib_async explains the status; 0 if TWS told the status itself."""
    last = trade.log[-1] if trade.log else None
    return (last.errorCode, last.message) if last is not None else (0, "")
