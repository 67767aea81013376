"""The server's copy of each guard's state; the bot's own latch decides, this one tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from deskwatch.server.storage.state.tables import guard_states
from deskwatch.server.storage.state.transaction import Transaction


@dataclass(frozen=True, slots=True)
class GuardStateRow:
    """Where the guard of one strategy stands.

    Attributes:
        bot: Which bot.
        strategy: Which strategy of it.
        state: ``ACTIVE``, ``REDUCING`` or ``HALTED``.
        limit: The limit that decided.
        reason: Why, in words.
        value: What was measured.
        threshold: What was allowed.
        epoch: Counts the resets.
        ts_ms: When.
    """

    bot: str
    strategy: str
    state: str
    limit: str
    reason: str
    value: float
    threshold: float
    epoch: int
    ts_ms: int


def put(tx: Transaction, row: GuardStateRow) -> None:
    """Keep where the guard stands now."""
    same = (guard_states.c.bot == row.bot) & (guard_states.c.strategy == row.strategy)
    tx.conn.execute(delete(guard_states).where(same))
    tx.conn.execute(insert(guard_states).values(asdict(row)))


def get(conn: Connection, bot: str, strategy: str) -> GuardStateRow | None:
    """Return where the guard stood last, ``None`` if it was never heard of."""
    query = select(guard_states).where(guard_states.c.bot == bot, guard_states.c.strategy == strategy)
    row = conn.execute(query).mappings().first()
    return GuardStateRow(**row) if row is not None else None


def of_bot(conn: Connection, bot: str) -> list[GuardStateRow]:
    """Return the guards of a bot."""
    query = select(guard_states).where(guard_states.c.bot == bot).order_by(guard_states.c.strategy)
    return [GuardStateRow(**row) for row in conn.execute(query).mappings()]
