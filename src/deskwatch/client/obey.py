"""Obey the monitor's commands, if they are the monitor's own and only tighten.

Way:     the answer to the bot's records → link → [obey] → the guard latches, tells, and calls ``on_trip``.
Threads: the link's thread only. It must go on sending, so a guard does in a thread of its own what may take long.
Source:  reliability, section 4 ("Obey a stranger": HMAC, epoch, nonce, 64 KiB, only tighten)
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from typing import Final, Protocol

from deskwatch.client import diagnostics
from deskwatch.client.command import Command, CommandResult, read_commands
from deskwatch.client.metrics.cell import Tally

MAX_NONCES: Final = 1_024
"""A signature holds for a minute; so many commands do not come in one."""

RETELL_SECONDS: Final = 5.0
"""A command that comes again after so long was not heard to be obeyed; the monitor is told once more."""


class Commanded(Protocol):
    """A guard that may be tightened."""

    @property
    def strategy(self) -> str:
        """Under which name commands reach it."""
        ...

    def tighten(self, state: str, reason: str, epoch: int, nonce: str = "") -> CommandResult:
        """Go at least as far as the state, tell the monitor, and say what became of it."""
        ...

    def answer(self, nonce: str, result: CommandResult) -> None:
        """Tell the monitor once more what became of a command."""
        ...


class Obedience:
    """Hears commands and hands them to the guards that they are for.

    Args:
        bot: The name under which the monitor knows this bot.
        token: What the bot shows to the monitor, and what the monitor signs with; without one nothing is obeyed.
        clock: Gives the wall time in seconds.
        monotonic: Gives the time since some moment, in seconds.

    Attributes:
        results: How many commands came to what.
    """

    def __init__(
        self,
        bot: str,
        token: str,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._token = token
        self._clock = clock
        self._monotonic = monotonic
        self._guards: dict[str, weakref.WeakSet[Commanded]] = {}
        self._nonces: dict[str, tuple[CommandResult, float]] = {}
        self.results = {result: Tally() for result in CommandResult}

    def heed(self, guard: Commanded) -> None:
        """Let commands reach a guard, by the name that it has now."""
        self._guards.setdefault(guard.strategy, weakref.WeakSet()).add(guard)

    def hear(self, body: bytes) -> None:
        """Carry out what an answer of the monitor demands; whatever it is, nothing is raised."""
        if not body:
            return
        for found in read_commands(body, self._token):
            try:
                result = found if isinstance(found, CommandResult) else self._carry_out(found)
            except Exception:  # noqa: BLE001  (a guard of the user's own; the link's thread must live)
                result = CommandResult.UNREADABLE
            self.results[result].add()
            if result not in (CommandResult.OBEYED, CommandResult.REPEATED):
                diagnostics.say(f"command {result}", f"a command of the monitor was not obeyed: {_WHY[result]}")

    def _carry_out(self, command: Command) -> CommandResult:
        if command.bot != self._bot:
            return CommandResult.OTHER_BOT
        if not self._clock() * 1000 < command.expires_ms:
            return CommandResult.EXPIRED
        guards = list(self._guards.get(command.strategy, ()))
        if not guards:
            return CommandResult.UNKNOWN_GUARD
        if command.nonce in self._nonces:
            self._tell_again(command.nonce, guards)
            return CommandResult.REPEATED
        results = [guard.tighten(command.state, command.reason, command.epoch, command.nonce) for guard in guards]
        result = next((one for one in results if one is not CommandResult.OBEYED), CommandResult.OBEYED)
        self._remember(command.nonce, result)
        return result

    def _tell_again(self, nonce: str, guards: list[Commanded]) -> None:
        result, told_at = self._nonces[nonce]
        if self._monotonic() - told_at >= RETELL_SECONDS:
            self._remember(nonce, result)
            guards[0].answer(nonce, result)

    def _remember(self, nonce: str, result: CommandResult) -> None:
        self._nonces.pop(nonce, None)
        self._nonces[nonce] = (result, self._monotonic())
        if len(self._nonces) > MAX_NONCES:
            del self._nonces[next(iter(self._nonces))]


_WHY: Final = {
    CommandResult.FORGED: "its signature is wrong",
    CommandResult.EXPIRED: "its signature has expired; do the clocks of bot and monitor agree?",
    CommandResult.OLD_EPOCH: "the guard was reset since",
    CommandResult.NEW_EPOCH: "it is for an epoch that the guard has not reached; was its latch deleted?",
    CommandResult.LOOSENING: "a command may tighten a guard and nothing else",
    CommandResult.OTHER_BOT: "it is for another bot",
    CommandResult.UNKNOWN_GUARD: "this bot has no guard of that strategy",
    CommandResult.UNREADABLE: "it cannot be read",
}
