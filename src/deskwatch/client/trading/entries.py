"""Write down what is booked, with what the ledger knows at that moment.

Way:     symbol → [entries]: a fill, a payment, a split → keeper.
"""

from __future__ import annotations

import uuid
from decimal import Decimal

from deskwatch.client.trading.given import GivenFill
from deskwatch.client.trading.keeping import FillEntry, FundingEntry, SplitEntry
from deskwatch.client.trading.ledger import Ledger


def fill_entry(fill: GivenFill, ledger: Ledger, seq: int) -> FillEntry:
    """Return what is kept of a fill that is about to be booked: the mark is the one before it."""
    instrument, position = ledger.instrument(fill.symbol), ledger.positions.get(fill.symbol)
    currency = instrument.currency or ledger.currency
    fee_currency = fill.fee_currency or currency
    return FillEntry(
        seq=seq,
        id=fill.id,
        at=ledger.now,
        symbol=fill.symbol,
        currency=currency,
        multiplier=instrument.multiplier,
        inverse=instrument.inverse,
        quantity=fill.signed,
        price=fill.price,
        fee=fill.fee,
        fee_currency=fee_currency,
        order_id=fill.order_id,
        mark=position.mark_price if position is not None and position.marked else None,
        rate=ledger.rate_of(currency),
        fee_rate=ledger.rate_of(fee_currency),
    )


def funding_entry(symbol: str, amount: Decimal, currency: str, ledger: Ledger, seq: int) -> FundingEntry:
    """Return what is kept of a funding payment."""
    return FundingEntry(seq, uuid.uuid4().hex, ledger.now, symbol, amount, currency, ledger.rate_of(currency))


def split_entry(symbol: str, new: Decimal, old: Decimal, ledger: Ledger, seq: int) -> SplitEntry:
    """Return what is kept of a split."""
    return SplitEntry(seq, uuid.uuid4().hex, ledger.now, symbol, new, old)
