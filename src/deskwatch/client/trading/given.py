"""Read what a strategy hands over as a fill, and write it as the monitor takes it.

Way:     record_fill → [given] → ledger; and, with what the ledger says of it, the link.
"""

from __future__ import annotations

import uuid
from decimal import Context, Decimal
from typing import Final, NamedTuple

from deskwatch.client import untrusted
from deskwatch.client.link import Record
from deskwatch.client.trading.instrument import MAX_CURRENCY_CHARS, Instrument

_WIRE: Final = Context(prec=28, traps=[])  # the server takes 40 digits, zeros after the point included

_SIGN: Final = {"BUY": 1, "SELL": -1}  # FIX tag 54 has them as 1 and 2


class GivenFill(NamedTuple):
    """A fill that can be booked.

    Attributes:
        id: Names it among all.
        symbol: What was traded.
        side: ``BUY`` or ``SELL``.
        quantity: Units, above 0.
        price: Of one.
        fee: Paid for the whole.
        fee_currency: What the fee is in; ``None`` is the instrument's currency.
        order_id: The venue's.
        market_ms: When it was in the market, Unix milliseconds.
    """

    id: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str | None
    order_id: str | None
    market_ms: int | None

    @property
    def signed(self) -> Decimal:
        """The quantity, negative when sold."""
        return self.quantity if self.side == "BUY" else self.quantity.copy_negate()


def side_of(value: object) -> str | None:
    """Return BUY or SELL, in whatever case it came."""
    text = (untrusted.text(value, max_chars=5) or "").upper()
    return text if text in _SIGN else None


def currency_of(value: object) -> str | None:
    """Return the name of a currency; ``None`` for what is none."""
    text = value if type(value) is str and len(value) <= MAX_CURRENCY_CHARS else None
    return untrusted.text(text) or None if text else None


def read_fill(
    instrument: Instrument,
    symbol: str,
    *,
    side: object,
    quantity: object,
    price: object,
    fee: object,
    fee_currency: object,
    order_id: object,
    market_time: object,
) -> GivenFill | None:
    """Return the fill; ``None`` if it cannot be booked."""
    known_side, amount, paid, cost = side_of(side), *map(untrusted.money, (quantity, price, fee))
    if known_side is None or amount is None or paid is None or cost is None:
        return None
    fee_in = None if fee_currency is None else currency_of(fee_currency)
    if amount <= 0 or not instrument.priced(paid) or (fee_currency is not None and fee_in is None):
        return None
    order = None if order_id is None else untrusted.text(order_id, untrusted.MAX_NAME_CHARS)
    market_ms = _milliseconds(market_time)
    return GivenFill(uuid.uuid4().hex, symbol, known_side, amount, paid, cost, fee_in, order, market_ms)


def fill_record(
    fill: GivenFill,
    *,
    strategy: str,
    currency: str,
    fee: Decimal,
    position_after: Decimal,
    realized_pnl: Decimal,
) -> Record:
    """Return the record of a fill.

    Args:
        fill: The fill.
        strategy: Whose it is.
        currency: What price, fee and P&L are in.
        fee: The fee in that currency.
        position_after: The position it left.
        realized_pnl: Gained by it, before its fee.
    """
    return {
        "kind": "fill",
        "id": fill.id,
        "symbol": fill.symbol,
        "side": fill.side,
        "quantity": _money_text(fill.quantity),
        "price": _money_text(fill.price),
        "fee": _money_text(fee),
        "currency": currency,
        "strategy": strategy,
        "order_id": fill.order_id,
        "market_ts_ms": fill.market_ms,
        "position_after": _money_text(position_after),
        "realized_pnl": _money_text(realized_pnl),
    }


def split_fill(symbol: str, change: Decimal, new: Decimal, old: Decimal, market_time: object) -> GivenFill:
    """Return a split as a fill at no price: the monitor sums fills to positions, and knows no splits."""
    side, order = "BUY" if change > 0 else "SELL", f"split {new} for {old}"
    return GivenFill(
        uuid.uuid4().hex, symbol, side, abs(change), Decimal(0), Decimal(0), None, order, _milliseconds(market_time)
    )


def _money_text(amount: Decimal) -> str:
    return f"{_WIRE.plus(amount):f}"


def _milliseconds(market_time: object) -> int | None:
    seconds = untrusted.unix_seconds(market_time)
    return None if seconds is None else round(seconds * 1000)
