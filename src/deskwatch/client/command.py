"""A command of the monitor to a guard: what it says, how it is signed, how it is read.

Way:     server/ingest/commands.py writes it → the answer to the bot's own records → [command] → obey.
Source:  reliability, section 4 ("Obey a stranger"); HMAC-SHA256, https://www.rfc-editor.org/rfc/rfc2104
Time:    wall milliseconds; both sides must agree on the time to within ``LIFE_MS``.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import Final

import orjson

MAX_BYTES: Final = 64 * 1024  # reliability, section 4
MAX_DEPTH: Final = 16  # the same
LIFE_MS: Final = 60_000
"""How long a signature holds: longer than two clocks that follow the same time differ, and no longer."""

_PURPOSE: Final = "deskwatch guard command 1"
"""Is signed as well, so that no other text that the token ever signs reads as a command."""


class CommandResult(StrEnum):
    """What became of a command; the label ``result`` of ``guard_commands_total``.

    Only the first one changed anything, and every other left the guard as it was.
    """

    OBEYED = "obeyed"
    REPEATED = "repeated"
    FORGED = "forged"
    EXPIRED = "expired"
    OLD_EPOCH = "old_epoch"
    NEW_EPOCH = "new_epoch"
    LOOSENING = "loosening"
    OTHER_BOT = "other_bot"
    UNKNOWN_GUARD = "unknown_guard"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Command:
    """A state that a guard must at least have.

    Attributes:
        bot: Whose guard.
        strategy: Which guard: the label ``strategy`` of its metrics.
        state: ``REDUCING`` or ``HALTED``.
        epoch: The guard's own, or it is refused: after a reset an older command means nothing.
        reason: Why, for a person.
        nonce: Names the command; it is carried out once.
        issued_ms: When it was signed.
        expires_ms: Until when the signature holds.
    """

    bot: str
    strategy: str
    state: str
    epoch: int
    reason: str
    nonce: str
    issued_ms: int
    expires_ms: int


_TYPES: Final[dict[str, type]] = {
    field.name: int if field.name in ("epoch", "issued_ms", "expires_ms") else str for field in fields(Command)
}


def signature(command: Command, token: str) -> str:
    """Return what proves that the command is of who has the token: HMAC-SHA256 over all of it, in hexadecimal."""
    text = orjson.dumps([_PURPOSE, *astuple(command)])
    return hmac.new(token.encode(), text, "sha256").hexdigest()


def write_commands(commands: Iterable[Command], token: str) -> bytes:
    """Return the body that carries these commands."""
    signed = [
        {name: getattr(command, name) for name in _TYPES} | {"signature": signature(command, token)}
        for command in commands
    ]
    return orjson.dumps({"commands": signed})


def read_commands(body: bytes, token: str) -> Iterator[Command | CommandResult]:
    """Yield each command whose signature is right, and for each other why it is none; nothing is raised."""
    if len(body) > MAX_BYTES:
        yield CommandResult.UNREADABLE
        return
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        message = None
    signed = message.get("commands") if isinstance(message, dict) else None
    if not isinstance(signed, list) or _is_deeper(message, MAX_DEPTH):
        yield CommandResult.UNREADABLE
        return
    for raw in signed:
        yield _read(raw, token)


def _read(raw: object, token: str) -> Command | CommandResult:
    if not isinstance(raw, dict):
        return CommandResult.UNREADABLE
    proof = raw.get("signature")
    if type(proof) is not str or any(type(raw.get(name)) is not kind for name, kind in _TYPES.items()):
        return CommandResult.UNREADABLE
    command = Command(**{name: raw[name] for name in _TYPES})
    # Without a token anybody could sign; and an answer in constant time tells nobody how near a guess was.
    if not token or not hmac.compare_digest(signature(command, token).encode(), proof.encode()):
        return CommandResult.FORGED
    return command


def _is_deeper(value: object, levels: int) -> bool:
    """Say whether something lies deeper, without a call a level: a hostile body may have a thousand."""
    layer = [value]
    for _ in range(levels):
        inner = [one for one in layer if isinstance(one, (dict, list))]
        layer = [child for one in inner for child in (one.values() if isinstance(one, dict) else one)]
        if not layer:
            return False
    return any(isinstance(one, (dict, list)) for one in layer)
