"""Record the events of nautilus_trader's message bus; each fill once.

Events are told by the names of their classes, so that nothing of nautilus is imported.

Way:     the actor's subscriptions → [nautilus_events] → TradingMetrics, BrokerMetrics, guard.
Time:    ``ts_event`` is the time of the market, in a backtest that of the data; it goes along as ``market_time``. The
         wall clock stands in every record.
Source:  https://nautilustrader.io/docs/latest/concepts/execution and .../api_reference/model/events
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.guard import Guard
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.amounts import NO_FEE, Fee, fee_of, units_of
from deskwatch.client.venue.fills import MAX_KEPT, FillsOnce
from deskwatch.client.venue.placing import Outcome
from deskwatch.client.venue.reasons import RejectReason

NANOSECONDS: Final = 1e9

_ENDED: Final = {"OrderCanceled": Outcome.CANCELLED, "OrderExpired": Outcome.EXPIRED}


class NautilusEvents:
    """Reads order and position events.

    Args:
        metrics: Where orders and fills are recorded.
        guard: What is told of orders and positions; ``None`` for nobody.
        broker: Where rejects are counted.
        instrument: Gives the instrument of an id, ``None`` if it is not known.
        order: Gives the order of a client order id, ``None`` if it is not known.
        timer: Gives seconds for latencies; ``None`` in a backtest, where an answer takes no time.
    """

    def __init__(
        self,
        metrics: TradingMetrics,
        guard: Guard | None,
        broker: BrokerMetrics,
        *,
        instrument: Callable[[Any], Any],
        order: Callable[[Any], Any],
        timer: Callable[[], float] | None,
    ) -> None:
        self._metrics = metrics
        self._guard = guard
        self._own_guard = guard if guard is not metrics.guard else None  # the other is told by record_fill
        self._broker = broker
        self._instrument = instrument
        self._order = order
        self._timer = timer
        self._once = FillsOnce()
        self._sent_at: OrderedDict[str, float] = OrderedDict()

    def saw_order(self, event: Any) -> None:  # noqa: ANN401  (one of nautilus' events)
        """Record an order event."""
        kind = type(event).__name__
        if kind == "OrderFilled":
            self._filled(event)
        elif kind == "OrderSubmitted":
            self._submitted(event)
        elif kind == "OrderAccepted":
            self._answered(event, Outcome.ACCEPTED)
            if self._guard is not None:
                self._guard.order_accepted()
        elif kind in ("OrderRejected", "OrderDenied"):
            self._refused(event, kind)
        elif kind in _ENDED:
            self._count(event, _ENDED[kind])
            self._close(event)

    def saw_position(self, instrument_id: object, net_quantity: object, price: object) -> None:
        """Tell the guard what is held now."""
        if self._guard is not None:
            self._guard.note_position(str(instrument_id), str(net_quantity), str(price))

    def saw_quote(self, quote: Any) -> None:  # noqa: ANN401  (as above)
        """Value the position at the middle of a quote."""
        middle = (quote.bid_price.as_decimal() + quote.ask_price.as_decimal()) / 2
        self._metrics.record_mark(str(quote.instrument_id), middle, quote.ts_event / NANOSECONDS)

    def saw_trade(self, tick: Any) -> None:  # noqa: ANN401  (as above)
        """Value the position at the price of a trade of the market."""
        self._metrics.record_mark(str(tick.instrument_id), str(tick.price), tick.ts_event / NANOSECONDS)

    def saw_bar(self, bar: Any) -> None:  # noqa: ANN401  (as above)
        """Value the position at the close of a bar."""
        self._metrics.record_mark(str(bar.bar_type.instrument_id), str(bar.close), bar.ts_event / NANOSECONDS)

    def _submitted(self, event: Any) -> None:  # noqa: ANN401  (as above)
        self._count(event, Outcome.SENT)
        if self._timer is not None:
            self._sent_at[str(event.client_order_id)] = self._timer()
            if len(self._sent_at) > MAX_KEPT:
                self._sent_at.popitem(last=False)

    def _answered(self, event: Any, outcome: Outcome) -> None:  # noqa: ANN401  (as above)
        sent_at = self._sent_at.pop(str(event.client_order_id), None)
        latency = None if sent_at is None or self._timer is None else self._timer() - sent_at
        self._count(event, outcome, latency)

    def _refused(self, event: Any, kind: str) -> None:  # noqa: ANN401  (as above)
        """Count a reject of the venue, or a denial of nautilus' own risk engine, which the venue never saw."""
        denied = kind == "OrderDenied"
        self._answered(event, Outcome.REFUSED if denied else Outcome.REJECTED)
        self._broker.record_reject(RejectReason.RISK if denied else reject_reason(event))
        if self._guard is not None and not denied:
            self._guard.order_rejected()
        self._close(event)

    def _filled(self, event: Any) -> None:  # noqa: ANN401  (as above)
        symbol, side = str(event.instrument_id), _side(event.is_buy)
        instrument = self._instrument(event.instrument_id)
        quantity, price = self._units(event.instrument_id, event.last_qty), untrusted.money(str(event.last_px))
        if quantity is None or price is None:
            return
        trade = f"{symbol} {event.trade_id}"
        fill = self._once.of_trade(str(event.client_order_id), trade, quantity, price)
        if fill is None:
            return
        fee = self._fee(event, instrument, price)
        self._metrics.record_fill(
            symbol,
            side,
            fill.quantity,
            fill.price,
            fee.amount,
            fee_currency=fee.currency,
            order_id=str(event.venue_order_id),
            market_time=event.ts_event / NANOSECONDS,
        )
        if self._own_guard is not None:
            self._own_guard.order_filled(symbol, side, fill.quantity, fill.price)
        if getattr(self._order(event.client_order_id), "is_closed", False):
            self._answered(event, Outcome.FILLED)  # a market order may be filled without having been accepted

    def _fee(self, event: Any, instrument: Any, price: Decimal) -> Fee:  # noqa: ANN401  (as above)
        cost = untrusted.money(str(event.commission.as_decimal()))
        if cost is None or instrument is None:
            return NO_FEE
        money = (str(instrument.quote_currency), str(instrument.get_settlement_currency()))
        base, currency = str(instrument.get_base_currency()), str(event.commission.currency)
        fee = fee_of(self._metrics.ledger, cost, currency, money=money, base=base, price=price)
        if fee is None:
            self._broker.record_fee_unknown()
        return fee or NO_FEE

    def _units(self, instrument_id: object, quantity: object) -> Decimal | None:
        instrument = self._instrument(instrument_id)
        size = None if instrument is None or instrument.is_inverse else str(instrument.multiplier)
        return units_of(self._metrics.ledger, str(instrument_id), str(quantity), size)

    def _count(self, event: Any, outcome: Outcome, latency: float | None = None) -> None:  # noqa: ANN401  (as above)
        order = self._order(event.client_order_id)
        buys = event.is_buy if hasattr(event, "is_buy") else order is not None and order.is_buy
        self._metrics.record_order(str(event.instrument_id), _side(buys), outcome, latency)

    def _close(self, event: Any) -> None:  # noqa: ANN401  (as above)
        order = self._order(event.client_order_id)
        if self._guard is None or order is None:
            return
        left = self._units(event.instrument_id, order.leaves_qty)
        if left:
            self._guard.order_closed(str(event.instrument_id), _side(order.is_buy), left)


def reject_reason(event: Any) -> RejectReason:  # noqa: ANN401  (nautilus' OrderRejected)
    """Return why a venue refused an order, as far as its words tell."""
    said = str(event.reason).lower()
    if getattr(event, "due_post_only", False) or "post" in said:
        return RejectReason.INVALID_ORDER
    if "insufficient" in said or "margin" in said or "balance" in said:
        return RejectReason.INSUFFICIENT_FUNDS
    return RejectReason.EXCHANGE_ERROR


def _side(buys: object) -> str:
    return "BUY" if buys else "SELL"
