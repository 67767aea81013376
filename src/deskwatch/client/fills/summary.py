"""Say what a strategy's entries come to, by the same ledger that a bot has."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from deskwatch.client.trading.instrument import MONEY, Instrument
from deskwatch.client.trading.keeping import Entry, FillEntry
from deskwatch.client.trading.ledger import Ledger
from deskwatch.client.trading.resuming import book


class Summary(NamedTuple):
    """What entries come to, in the account's currency.

    Attributes:
        fills: How many.
        trades: How many positions came to zero or crossed it.
        win_ratio: Of the trades, those that gained after fees.
        profit: Realized, with funding, less fees.
        fees: Paid.
        funding: Received, less what was paid.
        open: The symbols that are still held, and how many units.
    """

    fills: int
    trades: int
    win_ratio: float
    profit: Decimal
    fees: Decimal
    funding: Decimal
    open: dict[str, Decimal]


def summarize(entries: Iterable[Entry], currency: str, instruments: Iterable[Instrument]) -> Summary:
    """Book all entries and say what they come to; amounts in a currency without a rate are not in it."""
    ledger, fills = Ledger(Decimal(0), currency=currency, instruments=instruments), 0
    for entry in entries:
        book(ledger, entry)
        fills += isinstance(entry, FillEntry)
    return Summary(
        fills,
        ledger.wins + ledger.losses,
        ledger.win_ratio,
        MONEY.subtract(MONEY.add(ledger.realized_pnl, ledger.funding), ledger.fees),
        ledger.fees,
        ledger.funding,
        {symbol: position.quantity for symbol, position in ledger.positions.items() if position.quantity},
    )
