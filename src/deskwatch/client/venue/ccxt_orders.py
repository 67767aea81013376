"""Record what ccxt says of orders, trades, positions and balances; each fill once.

Way:     ccxt's unified structures → [ccxt_orders]: FillsOnce → TradingMetrics, guard.
Source:  https://docs.ccxt.com/#/README?id=order-structure, #trade-structure, #position-structure
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from deskwatch.client import untrusted
from deskwatch.client.guard import Guard, Intent
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.untrusted import Amount
from deskwatch.client.venue.amounts import NO_FEE, Fee, fee_of, units_of
from deskwatch.client.venue.fills import Fill, FillsOnce
from deskwatch.client.venue.placing import Outcome
from deskwatch.client.venue.reasons import RejectReason

Structure = Mapping[str, Any]
EquityOf = Callable[[Structure], Amount | None]

_ENDED: Final = {
    "closed": Outcome.FILLED,
    "canceled": Outcome.CANCELLED,
    "expired": Outcome.EXPIRED,
    "rejected": Outcome.REJECTED,
}
"""ccxt's words for an order that will not be filled any further."""

_ZERO: Final = Decimal(0)


class Given(NamedTuple):
    """An order as the bot gave it to ccxt; ``amount`` is in the venue's contracts."""

    symbol: str
    side: str
    amount: Amount
    price: Amount | None
    params: Structure


class CcxtOrders:
    """Reads unified structures; a missing or odd field is passed over, never raised.

    Args:
        markets: Gives the market of a symbol, ``None`` while they are not loaded.
        metrics: Where orders and fills are recorded.
        guard: What is told of orders; ``None`` for nobody.
        broker: Where fees that cannot be converted are counted.
        trades_only: Record fills from trades alone, not from the answers to orders.
        since: Unix seconds; what was traded before is not recorded, unless its order was placed here.
    """

    def __init__(
        self,
        markets: Callable[[str], Structure | None],
        metrics: TradingMetrics,
        guard: Guard | None,
        broker: BrokerMetrics,
        *,
        trades_only: bool,
        since: float,
    ) -> None:
        self._markets = markets
        self._metrics = metrics
        self._guard = guard
        self._own_guard = guard if guard is not metrics.guard else None  # the other is told by record_fill
        self._broker = broker
        self._trades_only = trades_only
        self._since = since
        self._once = FillsOnce()
        self._held: set[str] = set()

    def units(self, symbol: str, amount: object) -> Decimal | None:
        """Return an amount as the ledger counts it."""
        market = self._markets(symbol) or {}
        size = market.get("contractSize") if market.get("contract") and not market.get("inverse") else None
        return units_of(self._metrics.ledger, symbol, amount, size)

    def placed(self, given: Given, answer: Structure) -> None:
        """Take the answer to an order that was placed here."""
        if answer.get("id") is None:
            return
        of_given = {"symbol": given.symbol, "side": given.side, "amount": given.amount, "price": given.price}
        order = {**of_given, **_known(answer)}
        self._once.begin_ours(_order_key(order))
        self.saw_order(order)

    def saw_orders(self, answer: object) -> None:
        """Take one order or several, in whatever a method returned."""
        for order in answer if isinstance(answer, list) else [answer]:
            if isinstance(order, Mapping):
                self.saw_order(order)

    def saw_order(self, order: Structure) -> None:
        """Record what an order tells anew: its trades, its fills, its end."""
        if order.get("id") is None or not isinstance(order.get("symbol"), str) or not order.get("side"):
            return
        key, filled = _order_key(order), self.units(order["symbol"], order.get("filled"))
        if not self._once.knows(key) and self._is_old(order):
            self._once.begin(key, filled or _ZERO)
            if order.get("status") in _ENDED:
                self._once.end(key)
        for trade in order.get("trades") or ():
            self.saw_trade({"symbol": order["symbol"], "side": order["side"], **_known(trade), "order": order["id"]})
        average = untrusted.money(order.get("average") or order.get("price"))
        if not self._trades_only and filled and average:
            self._fill(order, self._once.of_order(key, filled, average), of=filled)
        ended = _ENDED.get(order.get("status", ""))
        if ended is not None and self._once.end(key):
            self._end(order, ended, filled or _ZERO)

    def saw_trades(self, answer: object) -> None:
        """Take the trades that a method returned."""
        for trade in answer if isinstance(answer, list) else ():
            if isinstance(trade, Mapping):
                self.saw_trade(trade)

    def saw_trade(self, trade: Structure) -> None:
        """Record a trade, unless it was recorded before, by whatever way."""
        symbol, side = trade.get("symbol"), trade.get("side")
        if trade.get("id") is None or not isinstance(symbol, str) or not side:
            return
        key = _order_key({"symbol": symbol, "id": trade.get("order")})
        units, price = self.units(symbol, trade.get("amount")), untrusted.money(trade.get("price"))
        if not units or price is None or (self._is_old(trade) and not self._once.is_ours(key)):
            return
        fill = self._once.of_trade(key, f"{symbol} {trade['id']}", units, price)
        self._fill(trade, fill, of=units)

    def saw_positions(self, answer: object, *, all_symbols: bool) -> None:
        """Tell the guard what is held; of all symbols, one that is not named any more is flat."""
        if self._guard is None or not isinstance(answer, list):
            return
        held: dict[str, Decimal] = {}
        prices: dict[str, Amount] = {}
        for position in answer:
            symbol, units = position.get("symbol"), self.units(position.get("symbol"), position.get("contracts"))
            if symbol is None or units is None:
                continue
            held[symbol] = held.get(symbol, _ZERO) + (-units if position.get("side") == "short" else units)
            prices[symbol] = position.get("markPrice") or position.get("entryPrice") or 0
        for symbol in self._held - held.keys() if all_symbols else ():
            self._guard.note_position(symbol, 0, 0)
        for symbol, units in held.items():
            self._guard.note_position(symbol, units, prices[symbol])
        self._held = set(held) if all_symbols else self._held | set(held)

    def saw_tickers(self, answer: Structure) -> None:
        """Record the last price of one symbol or of several."""
        for ticker in [answer] if isinstance(answer.get("symbol"), str) else answer.values():
            at_ms = untrusted.finite(ticker.get("timestamp"))
            if ticker.get("last") is not None:
                self._metrics.record_mark(ticker["symbol"], ticker["last"], None if at_ms is None else at_ms / 1000)

    def saw_balance(self, answer: Structure, equity_of: EquityOf) -> None:
        """Record the equity that the balance tells."""
        try:
            equity = equity_of(answer)
        except Exception:  # noqa: BLE001  (the bot's own function, or a balance without the currency)
            self._broker.registry.drops.count(DropReason.CALLBACK)
            return
        if equity is not None:
            self._metrics.record_equity(equity)

    def price_of(self, given: Given) -> Amount | None:
        """Return the order's price, or the last that is known of its symbol."""
        if given.price is not None:
            return given.price
        mark = self._metrics.ledger.position(given.symbol).mark_price
        return mark if mark > 0 else None

    def intent_of(self, given: Given) -> Intent:
        """Return EXIT for an order that can only reduce: reduce-only, closing a position, or selling on the spot."""
        market, params = self._markets(given.symbol) or {}, given.params
        reduces = any(params.get(name) in (True, "true") for name in ("reduceOnly", "closePosition"))
        sells_spot = market.get("spot") and given.side.lower() == "sell" and not params.get("marginMode")
        return Intent.EXIT if reduces or sells_spot else Intent.ENTRY

    def free(self, given: Given) -> None:
        """Tell the guard that an order which it let out was not taken."""
        units = self.units(given.symbol, given.amount)
        if self._guard is not None and units:
            self._guard.order_closed(given.symbol, given.side, units)

    def _is_old(self, structure: Structure) -> bool:
        at_ms = untrusted.finite(structure.get("timestamp"))
        return at_ms is not None and at_ms < self._since * 1000

    def _fill(self, source: Structure, fill: Fill | None, *, of: Decimal) -> None:
        if fill is None:
            return
        symbol, side = source["symbol"], source["side"]
        fee = self._fee(source, fill.price)
        at_ms = untrusted.finite(source.get("lastTradeTimestamp") or source.get("timestamp"))
        self._metrics.record_fill(
            symbol,
            side,
            fill.quantity,
            fill.price,
            fee.amount * fill.quantity / of,
            fee_currency=fee.currency,
            order_id=source.get("order") or source.get("id"),
            market_time=None if at_ms is None else at_ms / 1000,
        )
        if self._own_guard is not None:
            self._own_guard.order_filled(symbol, side, fill.quantity, fill.price)

    def _fee(self, source: Structure, price: Decimal) -> Fee:
        charged = source.get("fee") or {}
        cost = untrusted.money(charged.get("cost"))
        if not cost:
            return NO_FEE
        market = self._markets(source["symbol"]) or {}
        money, base = (market.get("settle"), market.get("quote")), market.get("base")
        fee = fee_of(self._metrics.ledger, cost, charged.get("currency"), money=money, base=base, price=price)
        if fee is None:
            self._broker.record_fee_unknown()
        return fee or NO_FEE

    def _end(self, order: Structure, outcome: Outcome, filled: Decimal) -> None:
        self._metrics.record_order(order["symbol"], order["side"], outcome)
        if outcome is Outcome.REJECTED:
            self._broker.record_reject(RejectReason.EXCHANGE_ERROR)
        amount = self.units(order["symbol"], order.get("amount"))
        if self._guard is not None and amount is not None and amount > filled:
            self._guard.order_closed(order["symbol"], order["side"], amount - filled)


def _order_key(order: Structure) -> str:
    return f"{order['symbol']} {order.get('id')}"


def _known(structure: Structure) -> dict[str, Any]:
    return {key: value for key, value in structure.items() if value is not None}
