"""The tables of an archive, as data; the same ones in SQLite and in PostgreSQL.

Money is text in SQLite, which has no exact numbers beyond 64 bits, and NUMERIC in PostgreSQL. Times are Unix seconds.

Source:  https://www.sqlite.org/datatype3.html, https://www.postgresql.org/docs/current/datatype-numeric.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from deskwatch.client.trading.keeping import FillEntry, FundingEntry, KeptMark, KeptRate, SplitEntry, Standing
from deskwatch.client.trading.performance import Boundary

VERSION: Final = 1
"""Of these tables; a database that has a higher one was written by a newer deskwatch."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole"
    FLOAT = "float"
    MONEY = "money"
    FLAG = "flag"


class Column(NamedTuple):
    """One column."""

    name: str
    kind: Kind
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table; every row belongs to a strategy.

    Attributes:
        name: Its name.
        row: What a row is made to, without the strategy.
        columns: In the order of the row's fields.
        key: What a row is known by, beside the strategy.
        newest_only: Whether a row takes the place of the one of the same key; else the first stays.
    """

    name: str
    row: Callable[..., Any]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    newest_only: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return ("strategy", *(column.name for column in self.columns))


def _text(name: str) -> Column:
    return Column(name, Kind.TEXT)


def _money(name: str, *, nullable: bool = False) -> Column:
    return Column(name, Kind.MONEY, nullable)


_ENTRY: Final = (Column("seq", Kind.WHOLE), _text("id"), Column("at", Kind.FLOAT), _text("symbol"))

FILLS: Final = Table(
    "ledger_fills",
    FillEntry,
    (
        *_ENTRY,
        _text("currency"),
        _money("multiplier"),
        Column("inverse", Kind.FLAG),
        _money("quantity"),
        _money("price"),
        _money("fee"),
        _text("fee_currency"),
        Column("order_id", Kind.TEXT, nullable=True),
        _money("mark", nullable=True),
        _money("rate", nullable=True),
        _money("fee_rate", nullable=True),
    ),
    ("id",),
)

FUNDING: Final = Table(
    "ledger_funding",
    FundingEntry,
    (*_ENTRY, _money("amount"), _text("currency"), _money("rate", nullable=True)),
    ("id",),
)

SPLITS: Final = Table("ledger_splits", SplitEntry, (*_ENTRY, _money("new"), _money("old")), ("id",))

BOUNDARIES: Final = Table(
    "ledger_boundaries",
    Boundary,
    (
        Column("ends_at", Kind.FLOAT),
        Column("interval_seconds", Kind.WHOLE),
        _money("equity", nullable=True),
        _money("benchmark", nullable=True),
    ),
    ("interval_seconds", "ends_at"),
)

MARKS: Final = Table(
    "ledger_marks",
    KeptMark,
    (_text("symbol"), _money("price"), Column("seq", Kind.WHOLE)),
    ("symbol",),
    newest_only=True,
)

RATES: Final = Table(
    "ledger_rates",
    KeptRate,
    (_text("currency"), _money("rate"), Column("at", Kind.FLOAT)),
    ("currency",),
    newest_only=True,
)

STANDINGS: Final = Table(
    "ledger_standings",
    Standing,
    (
        Column("at", Kind.FLOAT),
        Column("told", Kind.FLAG),
        _money("base"),
        _money("peak"),
        _money("trough"),
        Column("deepest", Kind.FLOAT),
        _money("day_start"),
        Column("day_ends", Kind.FLOAT),
        Column("interval_ends", Kind.FLOAT),
        Column("lost", Kind.WHOLE),
    ),
    (),
    newest_only=True,
)

TABLES: Final = (FILLS, FUNDING, SPLITS, BOUNDARIES, MARKS, RATES, STANDINGS)
TABLE_OF: Final[dict[object, Table]] = {table.row: table for table in TABLES}
