"""Command guards to stop: kept first, then sent in the answers to the bot's own records, until the bot has answered.

Way:     a person, guard_memory -> [commands] -> the answer to POST /api/ingest/records -> client/obey.py -> guard.
Order:   commit, then send, then mark. A bot has no open port; its heartbeat comes once a second.
Source:  docs/decisions/0006-commands-ride-on-answers.md
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter

from deskwatch.client.command import LIFE_MS, MAX_BYTES, Command, write_commands
from deskwatch.errors import ActionError
from deskwatch.model import Clock
from deskwatch.server.ingest import guard_memory
from deskwatch.server.ingest.records import GuardChange
from deskwatch.server.storage.state import GuardCommand, GuardStateRow, StateStore, guard_commands, guard_states

MAX_IN_ANSWER: Final = 50
"""More guards than a bot has; of hostile names fewer fit, and the others come with the next answer."""

MAX_BODY_BYTES: Final = MAX_BYTES * 3 // 4
"""What a bot reads of an answer holds the head as well."""

REPEAT_MS: Final = 10_000
"""A bot may be several processes with a link each: ten heartbeats, so that each of them hears it."""


class GuardCommands:
    """Commands of one server to the bots that send to it.

    Args:
        store: Where they are kept.
        clock: The time.
        token: Signs them; it is what the bots show.
        registry: Where they are counted.
    """

    def __init__(self, store: StateStore, clock: Clock, token: str, registry: CollectorRegistry) -> None:
        self._store = store
        self._clock = clock
        self._token = token
        self._waiting: set[str] = set()
        self._counted = Counter(
            "deskwatch_guard_commands",
            "Commands to guards that were issued, and the answers of bots.",
            ["result"],
            registry=registry,
        )
        for result in ("issued", "obeyed", "refused"):
            self._counted.labels(result)

    async def restore(self) -> None:
        """Go on with what was not answered when the server last stopped."""
        self._waiting.update(await self._store.read(guard_commands.bots_with_open))

    async def issue(self, bot: str, strategy: str | None, state: str, reason: str, by: str) -> list[GuardCommand]:
        """Keep a command to a guard of a bot, or to all of them; it is on disk when this returns.

        Args:
            bot: Which bot.
            strategy: Which guard; ``None`` for each.
            state: ``REDUCING`` or ``HALTED``.
            reason: Why, for a person.
            by: Who wants it.

        Raises:
            ActionError: It would loosen, or there is no such guard.
            StorageError: It was not kept, and will not be sent.
        """
        if guard_memory.SEVERITY.get(state, 0) == 0:
            raise ActionError(f"a guard can be made REDUCING or HALTED from here, not {state!r}; see guard reset")
        kept = await self._store.write(
            lambda tx: [
                guard_memory.issue(tx, guard, state, reason=reason, by=by, now_ms=self._clock.now_ms())
                for guard in guard_states.of_bot(tx.conn, bot)
                if strategy in (None, guard.strategy)
            ]
        )
        if not kept:
            whose = f"the strategy {strategy!r} of " if strategy is not None else ""
            raise ActionError(f"deskwatch has not heard of a guard of {whose}the bot {bot!r}")
        self._counted.labels("issued").inc(len(kept))
        self._waiting.add(bot)
        return kept

    async def due(self, bot: str) -> bytes:
        """Return the body of commands that a bot is to hear now, empty if there are none."""
        if bot not in self._waiting:
            return b""
        self._waiting.discard(bot)  # before the look: what is issued meanwhile puts it back
        now_ms = self._clock.now_ms()
        kept = await self._store.read(lambda conn: guard_commands.to_send(conn, bot, now_ms - REPEAT_MS, MAX_IN_ANSWER))
        if not kept:
            return b""
        self._waiting.add(bot)
        body = write_commands([_signed(one, now_ms) for one in kept], self._token)
        while len(body) > MAX_BODY_BYTES:
            kept = kept[:-1]
            body = write_commands([_signed(one, now_ms) for one in kept], self._token)
        return body

    async def of_bot(self, bot: str) -> tuple[list[GuardStateRow], list[GuardCommand]]:
        """Return a bot's guards, and the newest commands to them."""
        return await self._store.read(
            lambda conn: (guard_states.of_bot(conn, bot), guard_commands.newest(conn, bot, MAX_IN_ANSWER))
        )

    def heard(self, bot: str, change: GuardChange) -> None:
        """Look again what a bot is to hear: its guard has told something."""
        self._waiting.add(bot)
        if change.nonce:
            self._counted.labels("refused" if change.change == "refused" else "obeyed").inc()


def _signed(kept: GuardCommand, now_ms: int) -> Command:
    return Command(
        bot=kept.bot,
        strategy=kept.strategy,
        state=kept.state,
        epoch=kept.epoch,
        reason=kept.reason,
        nonce=kept.nonce,
        issued_ms=now_ms,
        expires_ms=now_ms + LIFE_MS,
    )
