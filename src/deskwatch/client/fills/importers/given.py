"""What an importer gives: entries of a strategy, and all that could not be used."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from deskwatch.client import untrusted
from deskwatch.client.trading.instrument import MONEY, Instrument
from deskwatch.client.trading.keeping import Entry, FillEntry, FundingEntry

Progress = Callable[[float], None]


class Problem(NamedTuple):
    """Something in a file that could not be used.

    Attributes:
        file: The file.
        line: Its line from 1, or the number of the record where there are no lines.
        column: The column or field.
        value: What stood there, cut to what fits on a line.
        message: What would be right.
    """

    file: str
    line: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        """Return ``file:line: column: message, was 'value'``."""
        return f"{self.file}:{self.line}: {self.column}: {self.message}, was {self.value!r}"


class Unusable(Exception):  # noqa: N818  (it never leaves the importers)
    """A record that cannot be used: its column, the value and what would be right."""

    def __init__(self, column: str, value: object, message: str) -> None:
        self.column = column
        self.value = (untrusted.text(value) or "")[:80]
        self.message = message
        super().__init__(message)


class Trade(NamedTuple):
    """A fill as a file tells it."""

    at: float
    symbol: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    currency: str
    order_id: str | None
    id: str | None = None
    multiplier: Decimal = Decimal(1)
    inverse: bool = False


class Funding(NamedTuple):
    """A funding payment as a file tells it."""

    at: float
    symbol: str
    amount: Decimal
    currency: str


@dataclass
class Imported:
    """What one strategy of a file has.

    Attributes:
        file: The file.
        strategy: The name.
        currency: What its account is in.
        starting_equity: What it began with, if the file says so.
        profit: What it gained, as the file itself says, after fees.
        records: Fills and payments, in any order.
        problems: What could not be used.
    """

    file: Path
    strategy: str
    currency: str
    starting_equity: Decimal | None = None
    profit: Decimal | None = None
    records: list[Trade | Funding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, problem: Unusable) -> None:
        """Note what could not be used."""
        self.problems.append(Problem(str(self.file), line, problem.column, problem.value, problem.message))

    def entries(self) -> list[Entry]:
        """Return what an archive keeps, in the order of time; the same file gives the same ids each time."""
        seq, seen = 0, Counter[str]()
        entries: list[Entry] = []
        for record in sorted(self.records, key=lambda record: record.at):
            seq = max(seq + 1, int(record.at * 1e9))
            digest = hashlib.sha256(repr(record).encode("utf-8", "replace")).hexdigest()[:32]
            seen[digest] += 1
            identity = f"import-{digest}-{seen[digest]}"
            entries.append(_entry(record, seq, identity))
        return entries

    def instruments(self) -> list[Instrument]:
        """Return what the symbols are."""
        found = {}
        for record in self.records:
            if isinstance(record, Trade):
                found[record.symbol] = Instrument(
                    record.symbol, record.currency, multiplier=record.multiplier, inverse=record.inverse
                )
        return list(found.values())


def _entry(record: Trade | Funding, seq: int, identity: str) -> Entry:
    if isinstance(record, Funding):
        return FundingEntry(seq, identity, record.at, record.symbol, record.amount, record.currency, None)
    return FillEntry(
        seq=seq,
        id=record.id or identity,
        at=record.at,
        symbol=record.symbol,
        currency=record.currency,
        multiplier=record.multiplier,
        inverse=record.inverse,
        quantity=record.quantity,
        price=record.price,
        fee=record.fee,
        fee_currency=record.fee_currency,
        order_id=record.order_id,
        mark=None,
        rate=None,
        fee_rate=None,
    )


def fee_of(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """Return a fee that is a part of a fill's value."""
    return MONEY.multiply(MONEY.multiply(quantity, price), rate)


def amount(column: str, value: object) -> Decimal:
    """Return an amount of money or units.

    Raises:
        Unusable: It is none.
    """
    given = untrusted.money(value)
    if given is None or type(value) is bool:
        raise Unusable(column, value, "must be an amount such as 1.25")
    return given


def positive(column: str, value: object) -> Decimal:
    """Return an amount above 0.

    Raises:
        Unusable: It is none.
    """
    given = amount(column, value)
    if given <= 0:
        raise Unusable(column, value, "must be an amount above 0")
    return given


def name(column: str, value: object) -> str:
    """Return a name.

    Raises:
        Unusable: It is empty or too long.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= untrusted.MAX_NAME_CHARS:
        raise Unusable(column, value, f"must be a text of 1 to {untrusted.MAX_NAME_CHARS} characters")
    return text


def seconds_of(column: str, milliseconds: object) -> float:
    """Return Unix milliseconds as seconds.

    Raises:
        Unusable: It is no time.
    """
    given = untrusted.number(milliseconds)
    at = None if given is None else untrusted.unix_seconds(given / 1000)
    if at is None:
        raise Unusable(column, milliseconds, "must be Unix milliseconds, before the year 2100")
    return at
