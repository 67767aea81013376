"""Where a guard stands: armed or not, and how far its latch lets orders through, in memory and on disk.

Way:     a trip, a reset → [standing] → latch on disk; the gate reads one attribute.
Threads: any thread may read. A change takes the lock for a few instructions, never while something is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deskwatch.client import diagnostics
from deskwatch.client.guard import latch
from deskwatch.client.guard.latch import LATCH_LIMIT, LatchState
from deskwatch.client.guard.state import Allowed, GuardState, Intent, Trip
from deskwatch.client.metrics import DropReason, Drops

_NOW_MS = Callable[[], int]
_CLOSED: Final = {GuardState.HALTED: Allowed.HALTED, GuardState.REDUCING: Allowed.REDUCING}


class Standing:
    """One guard's state.

    Args:
        path: Where its latch is kept; ``None`` for a latch that lives only as long as the process.
        name: The guard's, for messages.
        drops: Counts what could not be written.
        now_ms: The wall time.

    Attributes:
        latched: What tripped it, when and why.
        armed: Whether the limits are being held.
        entries_open: Whether an order that opens a position may go out.
        lock: Held while the state changes; may be entered again by a signal handler.
    """

    def __init__(self, path: Path | None, *, name: str, drops: Drops, now_ms: _NOW_MS) -> None:
        self._path = path
        self._name = name
        self._drops = drops
        self._now_ms = now_ms
        self.lock = threading.RLock()
        self._writing = threading.RLock()
        self.armed = False
        self.entries_open = False
        self.latched = self._at_start()

    @property
    def on_disk(self) -> bool:
        """Whether the latch outlives the process."""
        return self._path is not None

    def arm(self) -> None:
        """Open the gate if the latch is open."""
        if self.armed:
            return
        with self.lock:
            self.armed = True
            self.entries_open = self.latched.state is GuardState.ACTIVE

    def answer(self, intent: Intent) -> Allowed:
        """Say whether an order may go out by the state alone."""
        if intent is Intent.CANCEL:
            return Allowed.YES
        state = self.latched.state
        if state is GuardState.HALTED:
            return Allowed.HALTED
        if not self.armed:
            return Allowed.NOT_ARMED
        return Allowed.YES if state is GuardState.ACTIVE or intent is Intent.EXIT else _CLOSED[state]

    def close(
        self, state: GuardState, limit: str, reason: str, value: float = 0.0, threshold: float = 0.0
    ) -> Trip | None:
        """Latch in memory; ``None`` if it is already latched as far."""
        with self.lock:
            if self.latched.state.severity >= state.severity:
                return None
            trip = Trip(limit, reason, value, threshold, state, self.latched.epoch, self._now_ms())
            self.latched = LatchState.of(trip)
            self.entries_open = False
            return trip

    def write(self) -> None:
        """Put the latch on disk as it is now: of two trips at once the one that goes further stays there."""
        if self._path is None:
            return
        try:
            with self._writing:
                latch.write(self._path, self.latched)
        except Exception as error:  # noqa: BLE001  (the latch in memory holds; on_trip must still run)
            self._drops.count(DropReason.LATCH)
            diagnostics.say(
                "latch", f"the latch of guard {self._name} was not written: {error}; do not restart the bot"
            )

    def reset(self, reason: str) -> LatchState | None:
        """Open with a new epoch; ``None``, and closed as before, if that cannot be written or has no reason."""
        try:
            with self._writing:
                opened = self._opened(reason)
                with self.lock:
                    self.latched = opened
                    self.entries_open = self.armed
        except (OSError, ValueError) as error:
            diagnostics.say("latch", f"guard {self._name} could not be reset: {error}")
            return None
        return opened

    def after_fork(self) -> None:
        """Take new locks; the state is the parent's."""
        self.lock = threading.RLock()
        self._writing = threading.RLock()

    def _at_start(self) -> LatchState:
        if self._path is None:
            return LatchState()
        try:
            stored = latch.read(self._path)
            latch.prepare(self._path)
        except Exception as error:  # noqa: BLE001  (in doubt closed)
            self._drops.count(DropReason.LATCH)
            diagnostics.say("latch", f"the latch of guard {self._name} cannot be written: {error}; entries are refused")
            return LatchState(GuardState.HALTED, 0, LATCH_LIMIT, f"the latch cannot be written: {error}")
        return stored

    def _opened(self, reason: str) -> LatchState:
        if self._path is not None:
            return latch.reset(self._path, reason, self._now_ms())
        if not reason.strip():
            raise ValueError("a reset needs a reason, was empty")
        return LatchState(epoch=self.latched.epoch + 1, reason=reason, ts_ms=self._now_ms())
