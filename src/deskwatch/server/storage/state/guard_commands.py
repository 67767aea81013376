"""Commands to the guards in the bots, each kept from before it is sent until after it was answered.

States:  open (no result) -> obeyed, or refused with the reason that the bot gave; old_epoch when the guard was reset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from deskwatch.server.storage.state.tables import guard_commands
from deskwatch.server.storage.state.transaction import Transaction

OLD_EPOCH = "old_epoch"
"""The result of a command that a reset of the guard has overtaken."""


@dataclass(frozen=True, slots=True)
class GuardCommand:
    """What a guard was told to be at least.

    Attributes:
        bot: Which bot.
        strategy: Which guard of it.
        state: ``REDUCING`` or ``HALTED``.
        epoch: The guard's epoch for which it is meant.
        reason: Why, in words.
        by: Who wants it.
        nonce: Its name on the wire.
        created_at_ms: Since when it is wanted.
        answered_at_ms: When the bot answered.
        result: What the bot answered; ``None`` while it is open.
        id: Its number once it is kept, 0 before.
    """

    bot: str
    strategy: str
    state: str
    epoch: int
    reason: str
    by: str
    nonce: str
    created_at_ms: int
    answered_at_ms: int | None = None
    result: str | None = None
    id: int = 0


def add(tx: Transaction, command: GuardCommand) -> None:
    """Keep a command; from the commit on it will be delivered."""
    values = asdict(command)
    del values["id"]
    tx.conn.execute(insert(guard_commands).values(values))


def open_of(conn: Connection, bot: str, strategy: str | None = None) -> list[GuardCommand]:
    """Return what a bot has not answered, oldest first; of one guard, or of all."""
    query = select(guard_commands).where(_open(bot)).order_by(guard_commands.c.id)
    if strategy is not None:
        query = query.where(guard_commands.c.strategy == strategy)
    return [_command(row) for row in conn.execute(query)]


def to_send(conn: Connection, bot: str, answered_since_ms: int, limit: int) -> list[GuardCommand]:
    """Return what a bot is to hear, oldest first: open, or obeyed so lately that not all its processes know."""
    lately = (guard_commands.c.bot == bot) & (guard_commands.c.result == "obeyed")
    lately &= guard_commands.c.answered_at_ms >= answered_since_ms
    query = select(guard_commands).where(_open(bot) | lately).order_by(guard_commands.c.id).limit(limit)
    return [_command(row) for row in conn.execute(query)]


def newest(conn: Connection, bot: str, limit: int) -> list[GuardCommand]:
    """Return the newest commands to a bot, oldest first."""
    query = select(guard_commands).where(guard_commands.c.bot == bot).order_by(guard_commands.c.id.desc()).limit(limit)
    return [_command(row) for row in conn.execute(query)][::-1]


def bots_with_open(conn: Connection) -> Sequence[str]:
    """Return the bots that have not answered everything."""
    query = select(guard_commands.c.bot).where(guard_commands.c.answered_at_ms.is_(None)).distinct()
    return list(conn.execute(query).scalars())


def answer(tx: Transaction, bot: str, nonce: str, result: str, now_ms: int) -> GuardCommand | None:
    """Note the bot's answer and return the command, ``None`` if it was answered before or is no command of this bot."""
    mine = _open(bot) & (guard_commands.c.nonce == nonce)
    done = update(guard_commands).where(mine).values(answered_at_ms=now_ms, result=result[:16])
    row = tx.conn.execute(done.returning(*guard_commands.c)).first()
    return _command(row) if row is not None else None


def follow_epoch(tx: Transaction, bot: str, strategy: str, epoch: int, now_ms: int) -> None:
    """Let the open commands of a guard follow its epoch.

    A guard that was reset is past what was commanded before. One whose epoch went back has lost its latch, and what
    was commanded still holds.
    """
    mine = _open(bot) & (guard_commands.c.strategy == strategy)
    overtaken = update(guard_commands).where(mine & (guard_commands.c.epoch < epoch))
    tx.conn.execute(overtaken.values(answered_at_ms=now_ms, result=OLD_EPOCH))
    tx.conn.execute(update(guard_commands).where(mine & (guard_commands.c.epoch > epoch)).values(epoch=epoch))


def _open(bot: str) -> ColumnElement[bool]:
    return (guard_commands.c.bot == bot) & guard_commands.c.answered_at_ms.is_(None)


def _command(row: Row[tuple[object, ...]]) -> GuardCommand:
    return GuardCommand(**row._mapping)  # noqa: SLF001  (the documented way to a row's columns)
