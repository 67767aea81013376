"""The columns of an export, and what exact type their amounts need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from deskwatch.client.trading.keeping import FillEntry
from deskwatch.errors import StorageError, StorageReason

COLUMNS: Final = (
    "strategy",
    "seq",
    "id",
    "time",
    "symbol",
    "side",
    "quantity",
    "price",
    "fee",
    "fee_currency",
    "currency",
    "multiplier",
    "inverse",
    "order_id",
)
AMOUNTS: Final = ("quantity", "price", "fee", "multiplier")

MAX_DIGITS: Final = 38
"""Of a DECIMAL in Parquet as DuckDB writes it, https://duckdb.org/docs/stable/sql/data_types/numeric#fixed-point-decimals
and of a NUMBER in Snowflake, https://docs.snowflake.com/en/sql-reference/data-types-numeric#number"""


class Row(NamedTuple):
    """One fill of an export; the names are ``COLUMNS``."""

    strategy: str
    seq: int
    id: str
    time: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    currency: str
    multiplier: Decimal
    inverse: bool
    order_id: str | None


def row_of(strategy: str, fill: FillEntry) -> Row:
    """Return the row of a fill; its time is UTC, to the microsecond."""
    return Row(
        strategy,
        fill.seq,
        fill.id,
        datetime.fromtimestamp(fill.at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        fill.symbol,
        "BUY" if fill.quantity > 0 else "SELL",
        fill.quantity.copy_abs(),
        fill.price,
        fill.fee,
        fill.fee_currency,
        fill.currency,
        fill.multiplier,
        fill.inverse,
        fill.order_id,
    )


class Scales:
    """Learns how many digits before and after the point each amount needs, so that none is rounded."""

    def __init__(self) -> None:
        self._before = dict.fromkeys(AMOUNTS, 1)
        self._after = dict.fromkeys(AMOUNTS, 0)

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows while learning from them."""
        for row in rows:
            for name in AMOUNTS:
                value: Decimal = getattr(row, name)
                _, digits, exponent = value.as_tuple()
                after = max(-int(exponent), 0)
                self._after[name] = max(self._after[name], after)
                self._before[name] = max(self._before[name], len(digits) + int(exponent))
            yield row

    def within(self, name: str, digits: int, after: int | None = None) -> tuple[int, int]:
        """Return digits and digits after the point of a type that holds every amount of a column.

        Args:
            name: The column.
            digits: Of the type in all.
            after: Of the type after the point; by default as many as are needed.

        Raises:
            StorageError: There is none.
        """
        needed, before = self._after[name], self._before[name]
        given = needed if after is None else after
        if needed > given or before > digits - given:
            raise StorageError(
                f"{name} needs {before} digits before the point and {needed} after it, and there are {digits - given} "
                f"and {given}; export as CSV, which keeps them",
                reason=StorageReason.SCHEMA,
            )
        return digits, given
