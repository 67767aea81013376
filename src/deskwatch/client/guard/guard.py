"""The guard: limits, the gate before the orders, and what happens when a limit is reached.

Way:     readings → [guard] → latch in memory → latch on disk → the monitor is told → the bot's own ``on_trip``.
Threads: any thread may ask ``allow``; it reads one attribute. Tripping takes a lock for a few instructions, never
         while something is written or called.
Source:  reliability, "Latch" and section 4 ("Fail open": never raises, closed when in doubt)
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from deskwatch.client import diagnostics, untrusted
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.guard import latch
from deskwatch.client.guard.feed_limits import MaxRejects
from deskwatch.client.guard.latch import LATCH_LIMIT, STATE_DIR_VARIABLE, LatchState
from deskwatch.client.guard.limits import NotANumber
from deskwatch.client.guard.order import read_intent
from deskwatch.client.guard.order_calls import AnyLimit, OrderCalls
from deskwatch.client.guard.order_limits import OrderLimit
from deskwatch.client.guard.state import Allowed, GuardState, Intent, Readings, Trip
from deskwatch.client.guard.watch import Level, ReadingWatch, Watch
from deskwatch.client.link import RecordSink, default_link
from deskwatch.client.metrics import DropReason, default_registry

MANUAL_LIMIT: Final = "manual"
"""The name that stands for a limit when a person or the bot's own code pulled the cord."""


class Guard(OrderCalls):
    """Holds limits against what is recorded and what is ordered, and refuses orders once one is reached.

    It starts latched if its latch on disk says so, and is closed until it is armed: by a ``TradingMetrics`` that knows
    the equity, or by the first ``check``.

    Args:
        limits: What to hold; a missing equity trips always.
        on_trip: Called with the ``Trip``, in the thread of the recording call; closes positions by the bot's own code.
        latch_path: Where the latch is kept. By default in the directory that ``deskwatch run`` names; without one
            the latch lives only as long as the process.
        name: Tells several guards of a bot apart; guards of the same name share a latch on disk.
        link: Where the monitor is told.
        clock: Gives the wall time in seconds.

    Raises:
        ValueError: Two limits have the same name.
    """

    def __init__(
        self,
        limits: Iterable[AnyLimit] = (),
        *,
        on_trip: Callable[[Trip], object] | None = None,
        latch_path: Path | str | None = None,
        name: str = "default",
        link: RecordSink | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        given = _with_not_a_number(limits)
        super().__init__(given, clock=clock, drops=default_registry().drops)
        self._readings = [ReadingWatch(limit) for limit in given if not isinstance(limit, OrderLimit | MaxRejects)]
        self.name = name
        self.strategy = name
        self._on_trip = on_trip
        self._link = link if link is not None else default_link()
        self._changing = threading.RLock()
        self._path = _latch_path(latch_path, name)
        self._armed = False
        self._entries_open = False
        self._latch = self._latch_at_start()
        renew_after_fork(self)

    @property
    def state(self) -> GuardState:
        """What is let through now."""
        return self._latch.state

    @property
    def epoch(self) -> int:
        """How often the guard was reset."""
        return self._latch.epoch

    @property
    def latched(self) -> LatchState:
        """What tripped it, when and why."""
        return self._latch

    @property
    def watches(self) -> list[Watch]:
        """The limits with their last values."""
        return [*self._readings, *self._order_watches]

    def attach(self, strategy: str) -> None:
        """Speak for this strategy from now on."""
        self.strategy = strategy

    def arm(self) -> None:
        """Open the gate if the latch is open: from now on the limits are being held."""
        if self._armed:
            return
        with self._changing:
            self._armed = True
            self._entries_open = self._latch.state is GuardState.ACTIVE

    def allow_entry(self) -> bool:
        """Say whether an order that opens or adds to a position may go out."""
        return self._entries_open

    def allow(self, intent: str) -> Allowed:
        """Say whether an order may go out, and why not; never raises.

        ACTIVE lets everything through, REDUCING exits and cancels, HALTED only cancels: what is still open then is
        closed by ``on_trip``, through the bot's own code and not through this gate.
        """
        known = read_intent(intent)
        if known is Intent.CANCEL:
            return Allowed.YES
        if known is None:
            return Allowed.UNKNOWN_INTENT
        state = self._latch.state
        if state is GuardState.HALTED:
            return Allowed.HALTED
        if not self._armed:
            return Allowed.NOT_ARMED
        if state is GuardState.ACTIVE or known is Intent.EXIT:
            return Allowed.YES
        return Allowed.REDUCING

    def check(self, readings: Readings) -> Trip | None:
        """Hold the limits against the readings, and do all that follows if one is reached."""
        trip = self.judge(readings)
        self.arm()
        if trip is not None:
            self.carry_out(trip)
        return trip

    def judge(self, readings: Readings) -> Trip | None:
        """Hold the limits against the readings; a reached one closes the gate in memory, at once.

        Returns:
            The trip that ``carry_out`` must then be given, or ``None``.
        """
        worst: Watch | None = None
        self._know_equity(readings.equity)
        for watch in self._readings:
            level = watch.update(readings)
            if level is Level.WARN:
                self._warn(watch)
            elif level is Level.REACHED and (worst is None or watch.severity > worst.severity):
                worst = watch
        return self._trip(worst) if worst is not None else None

    def halt(self, reason: str) -> None:
        """Stop trading now: the cord that the bot's own code or a person pulls."""
        text = untrusted.text(reason) or "no reason was given"
        trip = self._close(GuardState.HALTED, MANUAL_LIMIT, text, 0.0, 0.0)
        if trip is not None:
            self.carry_out(trip)

    def carry_out(self, trip: Trip) -> None:
        """Put the trip on disk, tell the monitor, and let the bot close its positions.

        The monitor is told before ``on_trip``, not after: telling is one append to a queue, while ``on_trip`` talks to
        a venue and may hang, and then a person must know.
        """
        self._write(trip)
        self._send("tripped", trip)
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
        try:
            opened = self._opened(reason)
        except (OSError, ValueError) as error:
            diagnostics.say("latch", f"guard {self.name} could not be reset: {error}")
            return False
        with self._changing:
            self._latch = opened
            self._entries_open = self._armed
            for watch in self.watches:
                watch.begin_anew()
            self.order_accepted()
        self._send("reset", Trip(MANUAL_LIMIT, reason, 0.0, 0.0, opened.state, opened.epoch, opened.ts_ms))
        return True

    def after_fork(self) -> None:
        """Take new locks; the state is the parent's."""
        super().after_fork()
        self._changing = threading.RLock()

    def _latch_at_start(self) -> LatchState:
        if self._path is None:
            return LatchState()
        try:
            stored = latch.read(self._path)
            latch.prepare(self._path)
        except Exception as error:  # noqa: BLE001  (in doubt closed)
            self._drops.count(DropReason.LATCH)
            diagnostics.say("latch", f"the latch of guard {self.name} cannot be written: {error}; entries are refused")
            return LatchState(GuardState.HALTED, 0, LATCH_LIMIT, f"the latch cannot be written: {error}")
        return stored

    def _trip(self, watch: Watch) -> Trip | None:
        limit = watch.limit
        if limit.then is None:
            return None
        return self._close(limit.then, limit.name, watch.describe(), watch.value, limit.threshold)

    def _close(self, state: GuardState, limit: str, reason: str, value: float, threshold: float) -> Trip | None:
        """Latch in memory; ``None`` if it is already latched as far."""
        with self._changing:
            if self._latch.state.severity >= state.severity:
                return None
            trip = Trip(limit, reason, value, threshold, state, self.epoch, self._now_ms())
            self._latch = LatchState.of(trip)
            self._entries_open = False
            return trip

    def _write(self, trip: Trip) -> None:
        if self._path is None:
            return
        try:
            latch.write(self._path, LatchState.of(trip))
        except Exception as error:  # noqa: BLE001  (the latch in memory holds; on_trip must still run)
            self._drops.count(DropReason.LATCH)
            diagnostics.say("latch", f"the latch of guard {self.name} was not written: {error}; do not restart the bot")

    def _opened(self, reason: str) -> LatchState:
        if self._path is not None:
            return latch.reset(self._path, reason, self._now_ms())
        if not reason.strip():
            raise ValueError("a reset needs a reason, was empty")
        return LatchState(epoch=self.epoch + 1, reason=reason, ts_ms=self._now_ms())

    def _warn(self, watch: Watch) -> None:
        if self.state is GuardState.HALTED:
            return
        limit = watch.limit
        warning = Trip(
            limit.name, watch.describe(), watch.value, limit.threshold, self.state, self.epoch, self._now_ms()
        )
        self._send("warned", warning)

    def _send(self, change: str, trip: Trip) -> None:
        record: dict[str, object] = {
            "kind": "guard",
            "ts_ms": trip.ts_ms,
            "strategy": self.strategy,
            "state": trip.state.value,
            "change": change,
            "limit": trip.limit,
            "reason": trip.reason,
            "value": untrusted.finite(trip.value) or 0.0,  # NaN is no JSON
            "threshold": trip.threshold,
            "epoch": trip.epoch,
        }
        self._link.send(record, urgent=True)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


def _with_not_a_number(limits: Iterable[AnyLimit]) -> list[AnyLimit]:
    given = list(limits)
    if not any(isinstance(limit, NotANumber) for limit in given):
        given.append(NotANumber())
    names = [limit.name for limit in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"each limit is given once, {', '.join(twice)} was given twice")
    return given


def _latch_path(path: Path | str | None, name: str) -> Path | None:
    if path is not None:
        return Path(path)
    state_dir = os.environ.get(STATE_DIR_VARIABLE)
    return latch.path_in(state_dir, name) if state_dir else None
