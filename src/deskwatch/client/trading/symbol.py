"""Record what happens in one symbol; bound once, outside the loop."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.metrics import DropReason
from deskwatch.client.trading.account import Account
from deskwatch.client.trading.book import MAX_SYMBOLS
from deskwatch.client.trading.entries import fill_entry, funding_entry, split_entry
from deskwatch.client.trading.given import GivenFill, currency_of, fill_record, read_fill, side_of, split_fill
from deskwatch.client.trading.ledger import Filled
from deskwatch.client.trading.position import ZERO, Position
from deskwatch.client.untrusted import Amount

MAX_SPLIT: Final = 10_000
"""More units than that of one, or one of more, is taken for a mistake, such as a price in the place of a ratio."""

SIGNALS: Final = frozenset({"BUY", "SELL", "HOLD"})


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
        self._instrument = account.ledger.instrument(symbol)
        self._currency = self._instrument.currency or account.currency
        self._quantity = families.position_quantity.labels(strategy, symbol)
        self._notional = families.position_notional.labels(strategy, symbol, self._currency)
        self._mark = families.mark_price.labels(strategy, symbol)
        self._pnl_unrealized = families.position_pnl_unrealized.labels(strategy, symbol, self._currency)
        self._mark_records = families.records.labels("mark")
        self._order_records = families.records.labels("order")
        self._latency = families.decisions.order_latency.labels(strategy)
        if len(account.positions) < MAX_SYMBOLS:
            account.positions.setdefault(symbol, self)
        held = account.ledger.positions.get(symbol)
        if held is not None:  # from an earlier run
            self._show(held)
            if account.guard is not None:
                account.guard.note_position(symbol, held.quantity, held.mark_price)

    def record_mark(self, price: Amount, market_time: float | None = None) -> None:
        """Value the position at a price of the market; see ``TradingMetrics.record_mark``."""
        self._account.beat()
        amount = untrusted.money(price)
        if amount is None or not self._instrument.priced(amount):
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
        fee_currency: str | None = None,
        order_id: object = None,
        market_time: float | None = None,
    ) -> None:
        """Record a fill; see ``TradingMetrics.record_fill``."""
        account = self._account
        now = account.beat()
        fill = read_fill(
            self._instrument,
            self._symbol,
            side=side,
            quantity=quantity,
            price=price,
            fee=fee,
            fee_currency=fee_currency,
            order_id=order_id,
            market_time=market_time,
        )
        if fill is None:
            account.drops.count(DropReason.FILL)
            return
        account.families.records.labels("fill").inc()
        account.update(lambda: self._apply_fill(fill, now), market_time)

    def record_funding(self, amount: Amount, currency: str | None = None, market_time: float | None = None) -> None:
        """Record a funding payment; see ``TradingMetrics.record_funding``."""
        account = self._account
        account.beat()
        paid, paid_in = untrusted.money(amount), None if currency is None else currency_of(currency)
        if paid is None or (currency is not None and paid_in is None):
            account.drops.count(DropReason.FUNDING)
            return
        account.families.records.labels("funding").inc()
        account.update(lambda: self._apply_funding(paid, paid_in), market_time)

    def record_split(self, new: Amount, old: Amount = 1, market_time: float | None = None) -> None:
        """Record a split; see ``TradingMetrics.record_split``."""
        account = self._account
        now = account.beat()
        units, of = untrusted.money(new), untrusted.money(old)
        if units is None or of is None or self._instrument.inverse or not _is_ratio(units, of):
            account.drops.count(DropReason.SPLIT)
            return
        account.families.records.labels("split").inc()
        account.update(lambda: self._apply_split(units, of, market_time, now), market_time)

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
        account = self._account
        if not account.ledger.has_room(self._symbol):
            account.drops.count(DropReason.SYMBOLS)
            return
        position = account.ledger.mark(self._symbol, price)
        self._mark.set(price)
        self._notional.set(position.value)
        if account.keeper is not None:
            account.keeper.mark(self._symbol, price)

    def _apply_fill(self, fill: GivenFill, now: float) -> None:
        account = self._account
        if not self._has_room(fill.fee_currency):
            return
        entry = None if account.keeper is None else fill_entry(fill, account.ledger, account.keeper.next_seq())
        filled = account.ledger.fill(self._symbol, fill.signed, fill.price, fill.fee, fill.fee_currency)
        if entry is not None:
            account.keep(entry)
        if account.guard is not None:
            account.guard.order_filled(self._symbol, fill.side, fill.quantity, fill.price)
        self._count(fill, filled)
        account.last_fill.set(now)
        self._send(fill, filled.fee or ZERO, filled.realized_pnl, now)

    def _apply_funding(self, amount: Decimal, currency: str | None) -> None:
        if not self._has_room(currency):
            return
        ledger, keeper = self._account.ledger, self._account.keeper
        ledger.fund(self._symbol, amount, currency)
        if keeper is not None:
            self._account.keep(
                funding_entry(self._symbol, amount, currency or self._currency, ledger, keeper.next_seq())
            )

    def _apply_split(self, new: Decimal, old: Decimal, market_time: object, now: float) -> None:
        if not self._has_room(None):
            return
        account, ledger = self._account, self._account.ledger
        before = ledger.position(self._symbol).quantity
        position = ledger.split(self._symbol, new, old)
        if account.keeper is not None:
            account.keep(split_entry(self._symbol, new, old, ledger, account.keeper.next_seq()))
        self._show(position)
        if account.guard is not None:
            account.guard.note_position(self._symbol, position.quantity, position.mark_price)
        if position.quantity != before:
            self._send(split_fill(self._symbol, position.quantity - before, new, old, market_time), ZERO, ZERO, now)

    def _has_room(self, currency: str | None) -> bool:
        ledger = self._account.ledger
        if ledger.has_room(self._symbol) and (currency is None or ledger.has_room_for(currency)):
            return True
        self._account.drops.count(DropReason.SYMBOLS)
        return False

    def _count(self, fill: GivenFill, filled: Filled) -> None:
        account = self._account
        account.families.fills.labels(account.strategy, self._symbol, fill.side).inc()
        if filled.traded is not None:
            account.turnover.inc(float(filled.traded))
        position = account.ledger.position(self._symbol)
        fee = None if filled.fee is None else position.purse.converted(filled.fee)
        if fee is not None and fee > 0:
            account.fees.inc(float(fee))
        self._show(position)
        if filled.trade_pnl is not None:
            (account.wins if filled.trade_pnl > 0 else account.losses).inc()

    def _show(self, position: Position) -> None:
        self._quantity.set(position.quantity)
        self._notional.set(position.value)
        self._mark.set(position.mark_price)

    def _send(self, fill: GivenFill, fee: Decimal, realized_pnl: Decimal, now: float) -> None:
        account = self._account
        record = fill_record(
            fill,
            strategy=account.strategy,
            currency=self._currency,
            fee=fee,
            position_after=account.ledger.position(self._symbol).quantity,
            realized_pnl=realized_pnl,
        )
        account.send(record, now)


def _is_ratio(new: Decimal, old: Decimal) -> bool:
    return new > 0 and old > 0 and new <= old * MAX_SPLIT and old <= new * MAX_SPLIT
