"""Read the database of a freqtrade bot: ``tradesv3.sqlite``, its tables ``trades`` and ``orders``.

The file is opened read only, and may be in use. Fees and funding are counted as in ``freqtrade_backtest``.

Source:  https://www.freqtrade.io/en/stable/sql_cheatsheet/
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.fills.importers.given import (
    Funding,
    Imported,
    Progress,
    Trade,
    Unusable,
    amount,
    fee_of,
    name,
    positive,
)
from deskwatch.client.trading.instrument import MONEY
from deskwatch.errors import ConfigError

_ORDERS: Final = """
SELECT o.id, o.ft_order_side, o.order_id, o.average, o.price, o.filled, o.ft_fee_base, o.funding_fee,
       o.order_filled_date, t.pair, t.fee_open, t.fee_close, t.is_short, t.stake_currency, t.strategy, t.exchange
FROM orders o JOIN trades t ON o.ft_trade_id = t.id
WHERE o.filled > 0 ORDER BY o.order_filled_date, o.id
"""

_PROFITS: Final = """
SELECT COALESCE(strategy, ''), SUM(CASE WHEN is_open THEN realized_profit ELSE close_profit_abs END)
FROM trades GROUP BY 1
"""


def read_trades(file: Path, *, strategy: str | None = None, progress: Progress | None = None) -> list[Imported]:
    """Return what each strategy of a database did; an order of which only a part was filled counts with that.

    Raises:
        ConfigError: The file is no such database.
    """
    found: dict[str, Imported] = {}
    try:
        with closing(sqlite3.connect(f"file:{file.absolute()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            profits = {str(row[0]): untrusted.money(row[1]) for row in connection.execute(_PROFITS)}
            total = int(connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0])
            for number, row in enumerate(connection.execute(_ORDERS), 1):
                known = str(row["strategy"] or "")
                if known not in found:
                    found[known] = _imported(file, known, row, profits.get(known))
                _take(found[known], row)
                if progress is not None and number % 1_000 == 0:
                    progress(number / total)
    except sqlite3.Error as error:
        raise ConfigError(f"cannot be read as freqtrade's database: {error}", file=file) from error
    if strategy is not None:
        if len(found) > 1:
            raise ConfigError(f"has {len(found)} strategies; one name cannot be given to all", file=file)
        for imported in found.values():
            imported.strategy = strategy
    return list(found.values())


def _imported(file: Path, strategy: str, row: sqlite3.Row, profit: Decimal | None) -> Imported:
    currency = row["stake_currency"]
    if not isinstance(currency, str) or not currency:
        raise ConfigError(f"must be a currency, was {currency!r}", file=file, key="trades.stake_currency")
    return Imported(file, strategy or file.stem, currency, profit=profit)


def _take(imported: Imported, row: sqlite3.Row) -> None:
    try:
        imported.records += _records(row)
    except Unusable as problem:
        imported.refuse(row["id"], problem)


def _records(row: sqlite3.Row) -> Iterator[Trade | Funding]:
    symbol, currency, at = name("pair", row["pair"]), name("stake_currency", row["stake_currency"]), _time(row)
    side = row["ft_order_side"]
    if side not in ("buy", "sell", "stoploss"):
        raise Unusable("ft_order_side", side, "must be buy, sell or stoploss")
    exit_side = "buy" if row["is_short"] else "sell"
    buys, exits = (exit_side if side == "stoploss" else side) == "buy", side in (exit_side, "stoploss")
    quantity = MONEY.subtract(positive("filled", row["filled"]), amount("ft_fee_base", row["ft_fee_base"] or 0))
    price = positive("average", row["average"] or row["price"])
    fee = amount("fee", row["fee_close" if exits else "fee_open"] or 0)
    funding = amount("funding_fee", row["funding_fee"] or 0)
    fill = Trade(
        at=at,
        symbol=symbol,
        quantity=quantity if buys else quantity.copy_negate(),
        price=price,
        fee=fee_of(quantity, price, fee),
        fee_currency=currency,
        currency=currency,
        order_id=row["order_id"],
        id=f"{row['exchange']}-{row['order_id']}"[: untrusted.MAX_NAME_CHARS],
    )
    if funding:
        yield Funding(at, symbol, funding, currency)
    yield fill


def _time(row: sqlite3.Row) -> float:
    value = row["order_filled_date"]
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
    except (TypeError, ValueError) as error:
        raise Unusable("order_filled_date", value, "must be a time such as 2026-11-26 21:25:41") from error
