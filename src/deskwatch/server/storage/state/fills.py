"""Fills as the bot recorded them, each once, money to the last digit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import Connection, insert, select

from deskwatch.server.storage.state.tables import fills
from deskwatch.server.storage.state.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution.  FIX: ExecID 17, Side 54, LastQty 32, LastPx 31, OrderID 37.

    Attributes:
        bot: Which bot.
        fill_id: Unique within the bot.
        ts_ms: When the bot recorded it.
        market_ts_ms: When it was in the market's time, where that is another.
        strategy: Which strategy.
        symbol: What was traded.
        side: ``BUY`` or ``SELL``.
        quantity: How much, positive.
        price: At what price.
        fee: What it cost, in ``currency``; negative for a rebate.
        currency: Of price, fee and P&L.
        order_id: The order that it fills.
        realized_pnl: What it realised.
        position_after: The signed position after it.
    """

    bot: str
    fill_id: str
    ts_ms: int
    market_ts_ms: int | None
    strategy: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    currency: str
    order_id: str
    realized_pnl: Decimal
    position_after: Decimal


def record(tx: Transaction, fill: Fill) -> bool:
    """Keep the fill and return whether it is new; a client may send one again after a lost answer."""
    known = select(fills.c.fill_id).where(fills.c.bot == fill.bot, fills.c.fill_id == fill.fill_id)
    if tx.conn.execute(known).first() is not None:
        return False
    tx.conn.execute(insert(fills).values(asdict(fill)))
    return True


def newest(conn: Connection, bot: str, limit: int) -> list[Fill]:
    """Return the newest fills of a bot, oldest first."""
    query = select(fills).where(fills.c.bot == bot).order_by(fills.c.ts_ms.desc()).limit(limit)
    return [Fill(**row) for row in conn.execute(query).mappings()][::-1]


def quantities(conn: Connection, bot: str) -> dict[str, Decimal]:
    """Return what the fills of a bot sum to: the signed position by symbol, also where it is zero."""
    summed: dict[str, Decimal] = {}
    for row in conn.execute(select(fills.c.symbol, fills.c.side, fills.c.quantity).where(fills.c.bot == bot)):
        signed = row.quantity if row.side == "BUY" else -row.quantity
        summed[row.symbol] = summed.get(row.symbol, Decimal(0)) + signed
    return summed
