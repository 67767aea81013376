"""Record what happens in one symbol; bound once, outside the loop."""

from __future__ import annotations

import uuid
from decimal import Context, Decimal
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.metrics import DropReason
from deskwatch.client.trading.account import Account
from deskwatch.client.trading.ledger import MAX_SYMBOLS, Filled
from deskwatch.client.untrusted import Amount

_WIRE: Final = Context(prec=28, traps=[])  # the server takes 40 digits, zeros after the point included

_SIGN: Final = {"BUY": 1, "SELL": -1}  # FIX tag 54 has them as 1 and 2

SIGNALS: Final = frozenset({"BUY", "SELL", "HOLD"})


def side_of(value: object) -> str | None:
    """Return BUY or SELL, in whatever case it came."""
    text = (untrusted.text(value, max_chars=5) or "").upper()
    return text if text in _SIGN else None


class SymbolRecorder:
    """Records orders, fills and marks of one symbol; no call raises or waits.

    Args:
        account: The strategy's account.
        symbol: The label ``symbol``.
    """

    def __init__(self, account: Account, symbol: str) -> None:
        families, strategy = account.families, account.strategy
        self._account = account
        self._symbol = symbol
        self._quantity = families.position_quantity.labels(strategy, symbol)
        self._notional = families.position_notional.labels(strategy, symbol, account.currency)
        self._mark = families.mark_price.labels(strategy, symbol)
        self._pnl_unrealized = families.position_pnl_unrealized.labels(strategy, symbol, account.currency)
        self._mark_records = families.records.labels("mark")
        self._order_records = families.records.labels("order")
        self._latency = families.decisions.order_latency.labels(strategy)
        if len(account.positions) < MAX_SYMBOLS:
            account.positions.setdefault(symbol, self)

    def record_mark(self, price: Amount, market_time: float | None = None) -> None:
        """Value the position at a price of the market; see ``TradingMetrics.record_mark``."""
        self._account.beat()
        amount = untrusted.money(price)
        if amount is None:
            self._account.drops.count(DropReason.MARK)
            return
        self._mark_records.inc()
        self._account.update(lambda: self._apply_mark(amount), market_time)

    def record_fill(
        self,
        side: str,
        quantity: Amount,
        price: Amount,
        fee: Amount = 0,
        *,
        order_id: object = None,
        market_time: float | None = None,
    ) -> None:
        """Record a fill; see ``TradingMetrics.record_fill``."""
        account = self._account
        now = account.beat()
        known_side = side_of(side)
        amounts = [untrusted.money(value) for value in (quantity, price, fee)]
        amount, paid, cost = amounts
        if known_side is None or amount is None or paid is None or cost is None or amount <= 0:
            account.drops.count(DropReason.FILL)
            return
        account.families.records.labels("fill").inc()
        record: dict[str, object] = {
            "kind": "fill",
            "id": uuid.uuid4().hex,
            "symbol": self._symbol,
            "side": known_side,
            "quantity": _money_text(amount),
            "price": _money_text(paid),
            "fee": _money_text(cost),
            "currency": account.currency,
            "strategy": account.strategy,
            "order_id": None if order_id is None else untrusted.text(order_id, untrusted.MAX_NAME_CHARS),
            "market_ts_ms": _milliseconds(market_time),
        }
        account.update(lambda: self._apply_fill(record, amount, paid, cost, now), market_time)

    def record_order(
        self, side: str, status: str, latency_seconds: float | None = None, *, amount: Amount | None = None
    ) -> None:
        """Count an order; see ``TradingMetrics.record_order``."""
        account = self._account
        account.beat()
        known_side, text = side_of(side), untrusted.text(status)
        if known_side is None or not text:
            account.drops.count(DropReason.ORDER)
            return
        self._order_records.inc()
        decisions = account.families.decisions
        decisions.orders.labels(account.strategy, self._symbol, known_side, text.lower()).inc()
        if amount is not None:
            self._count_volume(known_side, amount)
        if latency_seconds is not None:
            self._latency.observe(latency_seconds)  # what is no number is counted there

    def _count_volume(self, side: str, amount: Amount) -> None:
        account, money = self._account, untrusted.money(amount)
        if money is None:
            account.drops.count(DropReason.ORDER)
            return
        volume = account.families.decisions.order_volume
        volume.labels(account.strategy, self._symbol, side, account.currency).inc(float(money))

    def record_signal(self, signal: str, generation_seconds: float | None = None) -> None:
        """Count a signal; see ``TradingMetrics.record_signal``."""
        account = self._account
        account.beat()
        known = (untrusted.text(signal, max_chars=5) or "").upper()
        if known not in SIGNALS:
            account.drops.count(DropReason.LABELS)
            return
        decisions = account.families.decisions
        decisions.signals.labels(account.strategy, self._symbol, known).inc()
        if generation_seconds is not None:
            decisions.signal_generation.labels(account.strategy).observe(generation_seconds)

    def show(self) -> bool:
        """Set what is only looked at in a scrape, and say whether the position is open."""
        position = self._account.ledger.position(self._symbol)
        self._pnl_unrealized.set(position.unrealized_pnl)
        return bool(position.quantity)

    def _apply_mark(self, price: Decimal) -> None:
        ledger = self._account.ledger
        if not ledger.has_room(self._symbol):
            self._account.drops.count(DropReason.SYMBOLS)
            return
        position = ledger.mark(self._symbol, price)
        self._mark.set(price)
        self._notional.set(position.value)

    def _apply_fill(
        self, record: dict[str, object], quantity: Decimal, price: Decimal, fee: Decimal, now: float
    ) -> None:
        account = self._account
        if not account.ledger.has_room(self._symbol):
            account.drops.count(DropReason.SYMBOLS)
            return
        side = str(record["side"])
        filled = account.ledger.fill(self._symbol, quantity * _SIGN[side], price, fee)
        if account.guard is not None:
            account.guard.order_filled(self._symbol, side, quantity, price)
        self._count(side, filled, float(quantity * price), float(max(fee, Decimal(0))))
        account.last_fill.set(now)
        record["position_after"] = _money_text(filled.position_after)
        record["realized_pnl"] = _money_text(filled.realized_pnl)
        account.send(record, now)

    def _count(self, side: str, filled: Filled, turnover: float, fee: float) -> None:
        account = self._account
        position = account.ledger.position(self._symbol)
        account.families.fills.labels(account.strategy, self._symbol, side).inc()
        account.turnover.inc(abs(turnover))
        account.fees.inc(fee)
        self._quantity.set(position.quantity)
        self._notional.set(position.value)
        self._mark.set(position.mark_price)
        if filled.trade_pnl is not None:
            (account.wins if filled.trade_pnl > 0 else account.losses).inc()


def _money_text(amount: Decimal) -> str:
    return f"{_WIRE.plus(amount):f}"


def _milliseconds(market_time: object) -> int | None:
    seconds = untrusted.unix_seconds(market_time)
    return None if seconds is None else round(seconds * 1000)
