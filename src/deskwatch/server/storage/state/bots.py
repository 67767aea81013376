"""The bots that this server has run or heard of."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from deskwatch.server.storage.state.tables import bots
from deskwatch.server.storage.state.transaction import Transaction


@dataclass(frozen=True, slots=True)
class BotRow:
    """One bot.

    Attributes:
        name: Its name, unique in the server.
        state: The supervisor's word for how it does.
        pid: Its process.
        started_at_ms: When that process started.
        restarts: How often it has been started again.
        metrics_url: Where it is scraped.
    """

    name: str
    state: str
    pid: int | None = None
    started_at_ms: int | None = None
    restarts: int = 0
    metrics_url: str | None = None


def put(tx: Transaction, bot: BotRow) -> None:
    """Keep how the bot does now."""
    tx.conn.execute(delete(bots).where(bots.c.name == bot.name))
    tx.conn.execute(insert(bots).values(asdict(bot)))


def everyone(conn: Connection) -> list[BotRow]:
    """Return all bots by name."""
    return [BotRow(**row) for row in conn.execute(select(bots).order_by(bots.c.name)).mappings()]
