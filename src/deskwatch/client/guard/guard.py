"""The guard: limits, the gate before the orders, and what happens when a limit is reached.

Way:     readings → [guard] → latch in memory → latch on disk → the monitor is told → the bot's own ``on_trip``.
Threads: any thread may ask ``allow``; it reads one attribute. Tripping takes a lock for a few instructions, never
         while something is written or called.
Source:  reliability, "Latch" and section 4 ("Fail open": never raises, closed when in doubt)
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deskwatch.client import diagnostics, untrusted
from deskwatch.client.command import CommandResult
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.guard import latch
from deskwatch.client.guard.counts import COMMAND_LIMIT, MANUAL_LIMIT, GuardCounts
from deskwatch.client.guard.declared import check_once
from deskwatch.client.guard.feed_limits import MaxRejects
from deskwatch.client.guard.latch import LatchState
from deskwatch.client.guard.limits import NotANumber
from deskwatch.client.guard.order import read_intent
from deskwatch.client.guard.order_calls import AnyLimit, OrderCalls
from deskwatch.client.guard.order_limits import OrderLimit
from deskwatch.client.guard.standing import Standing
from deskwatch.client.guard.state import Allowed, GuardState, Readings, Trip
from deskwatch.client.guard.telling import Telling
from deskwatch.client.guard.watch import Level, ReadingWatch, Watch
from deskwatch.client.link import RecordSink, default_link
from deskwatch.client.metrics import DropReason, default_registry

if TYPE_CHECKING:
    from deskwatch.client.guard.account_guard import AccountGuard

_COMMANDED: Final = {"REDUCING": GuardState.REDUCING, "HALTED": GuardState.HALTED}


class Guard(OrderCalls):
    """Holds limits against what is recorded and what is ordered, and refuses orders once one is reached.

    It starts latched if its latch on disk says so, and is closed until it is armed: by a ``TradingMetrics`` that knows
    the equity, or by the first ``check``.

    Args:
        limits: What to hold; a missing equity trips always.
        on_trip: Called with the ``Trip``, in the thread of the recording call; closes positions by the bot's own code.
            When the monitor commands the trip, it is a thread of its own.
        account: The guard of the account on which the strategy trades: an order must pass both.
        latch_path: Where the latch is kept. By default in the directory that ``deskwatch run`` names; without one
            the latch lives only as long as the process.
        name: Tells several guards of a bot apart; guards of the same name share a latch on disk.
        link: Where the monitor is told.
        clock: Gives the wall time in seconds.

    Attributes:
        name: As given.
        account: As given.
        counts: What it did so far.

    Raises:
        ValueError: Two limits have the same name, or the account is no ``AccountGuard``.
    """

    def __init__(
        self,
        limits: Iterable[AnyLimit] = (),
        *,
        on_trip: Callable[[Trip], object] | None = None,
        account: AccountGuard | None = None,
        latch_path: Path | str | None = None,
        name: str = "default",
        link: RecordSink | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if account is not None and not hasattr(account, "hear"):
            raise ValueError(f"account must be an AccountGuard, was {account!r}")
        given = _with_not_a_number(limits)
        drops = default_registry().drops
        standing = Standing(latch.place(latch_path, name), name=name, drops=drops, now_ms=self._now_ms)
        counts = GuardCounts(limit.name for limit in given if limit.then is not None)
        super().__init__(given, standing=standing, counts=counts, account=account, clock=clock, drops=drops)
        self._readings = [ReadingWatch(limit) for limit in given if not isinstance(limit, OrderLimit | MaxRejects)]
        self._hot = [(watch.measure, watch) for watch in self._readings]
        self.name = name
        self._telling = Telling(link if link is not None else default_link(), standing, name, self._now_ms)
        self._on_trip = on_trip
        self._trips: deque[Trip] = deque()
        renew_after_fork(self)

    @property
    def state(self) -> GuardState:
        """What is let through now."""
        return self._standing.latched.state

    @property
    def epoch(self) -> int:
        """How often the guard was reset."""
        return self._standing.latched.epoch

    @property
    def latched(self) -> LatchState:
        """What tripped it, when and why."""
        return self._standing.latched

    @property
    def watches(self) -> list[Watch]:
        """The limits with their last values."""
        return [*self._readings, *self._order_watches]

    @property
    def strategy(self) -> str:
        """For whom it speaks: the label ``strategy`` of its metrics; its name until it was attached."""
        return self._telling.strategy

    @property
    def link(self) -> RecordSink:
        """Where the monitor is told."""
        return self._telling.link

    def attach(self, strategy: str, currency: str = "") -> None:
        """Speak for this strategy from now on, and let the monitor's commands for it reach this guard.

        Raises:
            ValueError: The account has another currency: its equity could not be summed up.
        """
        if self.account is not None:
            self.account.join(strategy, currency)
        self._telling.strategy = strategy
        self._telling.introduce(self)

    def arm(self) -> None:
        """Open the gate if the latch is open: from now on the limits are being held."""
        if self._standing.armed:
            return
        self._telling.introduce(self)
        self._standing.arm()

    def allow_entry(self) -> bool:
        """Say whether an order that opens or adds to a position may go out."""
        return self._standing.entries_open and self._above.entries_open

    def allow(self, intent: str) -> Allowed:
        """Say whether an order may go out, and why not; never raises.

        ACTIVE lets everything through, REDUCING exits and cancels, HALTED only cancels: what is still open then is
        closed by ``on_trip``, through the bot's own code and not through this gate. The account's guard is asked too.
        """
        known = read_intent(intent)
        if known is None:
            return self.counts.refused(Allowed.UNKNOWN_INTENT)
        answer = self.counts.refused(self._standing.answer(known))
        if answer is Allowed.YES and self.account is not None:
            return self.account.allow(known)
        return answer

    def check(self, readings: Readings) -> Trip | None:
        """Hold the limits against the readings, and do all that follows if one is reached."""
        self._telling.introduce(self)
        trip = self.judge(readings)
        self.arm()
        self.carry_out_trips()
        return trip

    def judge(self, readings: Readings) -> Trip | None:
        """Hold the limits against the readings; a reached one closes the gate in memory, at once.

        Returns:
            The trip, if there was one; ``carry_out_trips`` must be called soon, by whichever thread.
        """
        worst: Watch | None = None
        self._gate.follow_equity(readings.equity)
        for measure, watch in self._hot:
            try:
                value = measure(readings)
                is_calm = value < watch.calm_below
            except Exception:  # noqa: BLE001  (a limit of the user's own; ``update`` takes it as reached)
                is_calm = False
            if is_calm:
                watch.value = value
            else:
                worst = self._worse(worst, watch, watch.update(readings))
        trip = self._trip(worst) if worst is not None else None
        if trip is not None:
            self._trips.append(trip)
        if self.account is not None:
            self.account.hear(self, readings)
        return trip

    def halt(self, reason: str) -> None:
        """Stop trading now: the cord that the bot's own code or a person pulls."""
        text = untrusted.text(reason) or "no reason was given"
        trip = self._close(GuardState.HALTED, MANUAL_LIMIT, text, 0.0, 0.0)
        if trip is not None:
            self.carry_out(trip)

    def tighten(self, state: str, reason: str, epoch: int, nonce: str = "") -> CommandResult:
        """Go at least as far as the monitor commands, and tell it; ``on_trip`` runs in a thread of its own.

        Args:
            state: ``REDUCING`` or ``HALTED``; anything else would loosen and is refused.
            reason: Why, for a person.
            epoch: For which epoch it was meant.
            nonce: Names the command in what the monitor is told.
        """
        result, trip = CommandResult.OBEYED, None
        with self._standing.lock:
            if state not in _COMMANDED:
                result = CommandResult.LOOSENING
            elif epoch != self.epoch:
                result = CommandResult.OLD_EPOCH if epoch < self.epoch else CommandResult.NEW_EPOCH
            else:
                trip = self._close(_COMMANDED[state], COMMAND_LIMIT, reason, 0.0, 0.0)
        if trip is None:
            self.answer(nonce, result)
        else:
            self._carry_out_apart(trip, nonce)
        return result

    def answer(self, nonce: str, result: CommandResult) -> None:
        """Tell the monitor what became of a command."""
        change = "obeyed" if result is CommandResult.OBEYED else "refused"
        self._telling.stands(change, COMMAND_LIMIT, result.value, nonce)

    def carry_out_trips(self) -> None:
        """Carry out what ``judge`` found, here and in the account's guard."""
        while self._trips:
            try:
                trip = self._trips.popleft()
            except IndexError:  # another thread carries it out
                break
            self.carry_out(trip)
        if self.account is not None:
            self.account.carry_out_trips()

    def carry_out(self, trip: Trip, nonce: str = "") -> None:
        """Put the trip on disk, tell the monitor, and let the bot close its positions.

        The monitor is told before ``on_trip``, not after: telling is one append to a queue, while ``on_trip`` talks to
        a venue and may hang, and then a person must know.
        """
        self._standing.write()
        self._telling.tell("tripped", trip, nonce)
        if self._on_trip is None:
            return
        try:
            self._on_trip(trip)
        except Exception as error:  # noqa: BLE001  (the bot's own code; the recording call must not raise)
            self._drops.count(DropReason.CALLBACK)
            diagnostics.say("on_trip", f"on_trip of guard {self.name} failed, positions may be open: {error!r}")

    def reset(self, reason: str) -> bool:
        """Open the gate again with a new epoch; only for a person who has looked.

        Returns:
            Whether it is open; a latch that cannot be written stays closed.
        """
        if self._standing.reset(reason) is None:
            return False
        for watch in self.watches:
            watch.begin_anew()
        self.order_accepted()
        self._telling.stands("reset", MANUAL_LIMIT, reason)
        return True

    def after_fork(self) -> None:
        """Take new locks; the state is the parent's, and so are the trips that it carries out."""
        super().after_fork()
        self._standing.after_fork()
        self._trips.clear()

    def _worse(self, worst: Watch | None, watch: Watch, level: Level) -> Watch | None:
        if level is Level.WARN:
            self._warn(watch)
        is_worse = level is Level.REACHED and (worst is None or watch.severity > worst.severity)
        return watch if is_worse else worst

    def _trip(self, watch: Watch) -> Trip | None:
        limit = watch.limit
        if limit.then is None:
            return None
        return self._close(limit.then, limit.name, watch.describe(), watch.value, limit.threshold)

    def _close(self, state: GuardState, limit: str, reason: str, value: float, threshold: float) -> Trip | None:
        trip = self._standing.close(state, limit, reason, value, threshold)
        if trip is not None:
            self.counts.trips[limit].add()
        return trip

    def _carry_out_apart(self, trip: Trip, nonce: str) -> None:
        try:
            threading.Thread(target=self.carry_out, args=(trip, nonce), name="deskwatch-command", daemon=True).start()
        except RuntimeError:  # no thread can start now; late is better than never
            self.carry_out(trip, nonce)

    def _warn(self, watch: Watch) -> None:
        self._telling.warn(watch)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


def _with_not_a_number(limits: Iterable[AnyLimit]) -> list[AnyLimit]:
    given = list(limits)
    if not any(isinstance(limit, NotANumber) for limit in given):
        given.append(NotANumber())
    check_once("limit", [limit.name for limit in given])
    return given
