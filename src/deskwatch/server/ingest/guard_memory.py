"""Remember where each guard stands, so that a latch that was deleted in the bot is not forgotten.

Way:     records -> sink -> [guard_memory] -> state (guard, command, journal), all in one transaction.
Source:  reliability, "Latch": stored in the bot and on the server, merged by OR within an epoch.

A guard says where it stands when it starts. If the server remembers it closed at that epoch and the guard says that
it is open, its latch was lost, and the server commands what it remembers.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Final

from deskwatch.model import Event, EventKind
from deskwatch.server.ingest.records import GuardChange
from deskwatch.server.storage.state import GuardCommand, GuardStateRow, Transaction, guard_commands, guard_states

_EVENT: Final = {
    "warned": EventKind.GUARD_WARNED,
    "tripped": EventKind.GUARD_TRIPPED,
    "reset": EventKind.GUARD_RESET,
}
_ANSWERS: Final = ("obeyed", "refused")
_RETRIED: Final = frozenset({"expired"})
"""The bot's clock may be right later."""

SEVERITY: Final = {"ACTIVE": 0, "REDUCING": 1, "HALTED": 2}
MAX_REASON_CHARS: Final = 200
"""Of a command: a line for a person; what is remembered of a trip is cut to it."""

MEMORY: Final = "deskwatch"
"""Who commands what was remembered."""


def keep(tx: Transaction, bot: str, change: GuardChange, now_ms: int) -> None:
    """Keep what a guard tells of itself, and what follows from it."""
    if change.nonce:
        _note_answer(tx, bot, change, now_ms)
    if change.change in _ANSWERS:
        return
    stored = guard_states.get(tx.conn, bot, change.strategy)
    guard_commands.follow_epoch(tx, bot, change.strategy, change.epoch, now_ms)
    guard_states.put(tx, _merged(stored, bot, change))
    if stored is not None and _has_lost_its_latch(stored, change):
        reason = f"its latch was lost; it was {stored.state}: {stored.reason}"[:MAX_REASON_CHARS]
        issue(tx, replace(stored, epoch=change.epoch), stored.state, reason=reason, by=MEMORY, now_ms=now_ms)
    if change.change in _EVENT:
        tx.event(Event(_EVENT[change.change], now_ms, bot, change.limit, _detail(change)))


def issue(tx: Transaction, guard: GuardStateRow, state: str, *, reason: str, by: str, now_ms: int) -> GuardCommand:
    """Keep a command to a guard, unless one that goes as far is open, and return the one that will be delivered."""
    for waiting in guard_commands.open_of(tx.conn, guard.bot, guard.strategy):
        if waiting.epoch == guard.epoch and SEVERITY[waiting.state] >= SEVERITY[state]:
            return waiting
    command = GuardCommand(
        bot=guard.bot,
        strategy=guard.strategy,
        state=state,
        epoch=guard.epoch,
        reason=reason,
        by=by,
        nonce=secrets.token_hex(16),
        created_at_ms=now_ms,
    )
    guard_commands.add(tx, command)
    detail = {"state": state, "reason": reason, "by": by, "epoch": guard.epoch, "strategy": guard.strategy}
    tx.event(Event(EventKind.GUARD_COMMANDED, now_ms, guard.bot, guard.strategy, detail))
    return command


def _note_answer(tx: Transaction, bot: str, change: GuardChange, now_ms: int) -> None:
    result = change.reason if change.change == "refused" else "obeyed"
    answered = None if result in _RETRIED else guard_commands.answer(tx, bot, change.nonce, result, now_ms)
    if answered is None:
        return
    kind = EventKind.GUARD_OBEYED if result == "obeyed" else EventKind.GUARD_REFUSED
    detail = {"state": change.state, "commanded": answered.state, "by": answered.by, "result": result}
    tx.event(Event(kind, now_ms, bot, answered.strategy, detail))


def _has_lost_its_latch(stored: GuardStateRow, change: GuardChange) -> bool:
    # A latch that lives only in memory is gone with its process, as its user wanted it.
    starts_open = change.change == "started" and change.on_disk and change.epoch <= stored.epoch
    return starts_open and SEVERITY[stored.state] > SEVERITY[change.state]


def _merged(stored: GuardStateRow | None, bot: str, change: GuardChange) -> GuardStateRow:
    told = GuardStateRow(
        bot=bot,
        strategy=change.strategy,
        state=change.state,
        limit=change.limit,
        reason=change.reason,
        value=change.value,
        threshold=change.threshold,
        epoch=change.epoch,
        ts_ms=change.ts_ms,
    )
    if stored is None or change.change == "reset" or change.epoch > stored.epoch:
        return told
    if change.change == "started" and not change.on_disk:
        return told
    is_tighter = SEVERITY[stored.state] > SEVERITY[change.state]
    return replace(stored, epoch=change.epoch) if is_tighter else told


def _detail(change: GuardChange) -> dict[str, object]:
    return {
        "state": change.state,
        "reason": change.reason,
        "value": change.value,
        "threshold": change.threshold,
        "epoch": change.epoch,
        "strategy": change.strategy,
    }
