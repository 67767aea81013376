"""Keep what ledgers do in a database, from a thread of its own.

Way:     account → [archive]: queue → one transaction a batch → SQLite or PostgreSQL; at the next start, back again.
Threads: the recording calls append to a queue and return. One daemon thread a process, started with the first entry,
         writes. What one batch holds is durable when it is committed; nothing is reordered. A fork waits until the
         batch at hand is written; the child starts with an empty queue and a connection of its own.
Time:    an entry waits a tenth of a second at most while the database answers; until it does again, entries wait in
         memory, up to 10,000 a strategy. Those beyond it are lost, counted, and told at the next start.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

from deskwatch.client import diagnostics
from deskwatch.client.fills.database import without_password
from deskwatch.client.fills.keeper import StrategyKeeper
from deskwatch.client.fills.store import FillStore, Item
from deskwatch.client.fork import pause_for_fork
from deskwatch.client.link import EXIT_FLUSH_SECONDS
from deskwatch.client.metrics import DropReason, Drops, default_registry
from deskwatch.client.trading.keeping import ENTRIES
from deskwatch.client.trading.ledger import Ledger
from deskwatch.client.trading.resuming import resume

POLL_SECONDS: Final = 0.1
FIRST_BACKOFF_SECONDS: Final = 0.1
MAX_BACKOFF_SECONDS: Final = 5.0

FORK_WAIT_SECONDS: Final = 0.5
"""A batch is written within milliseconds; longer waits who forks only while the database does not answer."""

_parents_stores: list[FillStore] = []
"""Connections of a parent process: not to be used, and not to be closed either, since closing drops its locks.

Source: https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_file_across_a_fork_
"""


class FillArchive:
    """Fills, funding and splits of the strategies of a process, for ever; give it to ``TradingMetrics``.

    With it a strategy goes on where it stopped, under the same name: positions, P&L, fees, the peak that drawdown
    counts from, the returns that Sharpe and the others are made of. One process writes one strategy.

    Args:
        url: ``sqlite:///fills.db`` (standard library), or ``postgresql://user:password@host/database`` (extra
            ``postgres``).
        drops: Counts what could not be kept; by default those of the process.
        clock_ns: Gives the wall time in nanoseconds, by which entries are numbered.

    Raises:
        ValueError: The URL names no such database.
        MissingExtraError: The driver is not installed.
        StorageError: The database cannot be opened.
    """

    def __init__(self, url: str, *, drops: Drops | None = None, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._url = url
        self._drops = drops if drops is not None else default_registry().drops
        self._clock_ns = clock_ns
        self._keepers: dict[str, StrategyKeeper] = {}
        self._store: FillStore | None = None
        self._begin()
        FillStore.open(url).close()
        pause_for_fork(self)
        atexit.register(self.close)

    def _begin(self) -> None:
        self._batch: list[Item] = []
        self._busy = False
        self._writing = threading.Lock()
        self._rested = True
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._deadline: float | None = None

    def keeper(self, strategy: str, ledger: Ledger) -> StrategyKeeper:
        """Bring a new ledger to where the strategy's last one was, and return what takes all that follows.

        Raises:
            StorageError: What is kept cannot be read.
            ValueError: The strategy has a keeper already, or what is kept contradicts what is declared.
        """
        if strategy in self._keepers:
            raise ValueError(f"the archive {without_password(self._url)} already keeps the strategy {strategy!r}")
        store = FillStore.open(self._url)
        try:
            kept = store.kept(strategy, ledger.performance)
            with closing(kept.entries):
                resume(ledger, kept)
            last_seq = store.last_seq(strategy)
        finally:
            store.close()
        lost = kept.standing.lost if kept.standing is not None else 0
        if lost:
            diagnostics.say(
                "archive",
                f"{lost} entries of {strategy} were never written to {without_password(self._url)}; compare the "
                "positions with those of the venue",
            )
        keeper = self._keepers[strategy] = StrategyKeeper(self, strategy, self._clock_ns, last_seq, lost)
        return keeper

    @property
    def waiting(self) -> int:
        """How many fills, payments and splits are not on disk yet."""
        taken = sum(isinstance(row, ENTRIES) for _, row in list(self._batch))
        return taken + sum(keeper.waiting for keeper in list(self._keepers.values()))

    @property
    def idle(self) -> bool:
        """Whether all is on disk, the newest marks and standings as well."""
        if self._batch or any(keeper.changed for keeper in list(self._keepers.values())):
            return False
        return not self._busy  # asked last: what was in no queue any more is in the writer's hands

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._deadline is not None

    def lose(self) -> None:
        """Count an entry for which there was no room, or which came after the end."""
        self._drops.count(DropReason.ARCHIVE)
        diagnostics.say(
            "archive", f"{without_password(self._url)} takes no entries or is closed; the ledger there has a gap"
        )

    def stir(self) -> None:
        """See to it that the writer is there."""
        if self._thread is None and self._deadline is None:
            self._start()

    def flush(self, timeout_seconds: float = EXIT_FLUSH_SECONDS) -> bool:
        """Wait until all is on disk, for so long at most, and say whether it is."""
        deadline = time.monotonic() + timeout_seconds
        for keeper in list(self._keepers.values()):
            keeper.look()
        self._start()
        while not self.idle:
            if time.monotonic() > deadline:
                return False
            self._wake.set()
            time.sleep(0.005)
        return True

    def close(self, timeout_seconds: float = EXIT_FLUSH_SECONDS) -> bool:
        """Write what is left, for so long at most, and stop; say whether all of it was written."""
        if not self.closed:
            for keeper in list(self._keepers.values()):
                keeper.look()
            if not self.idle:
                self._start()
        self._deadline = time.monotonic() + timeout_seconds
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_seconds)
        return self.idle and (thread is None or not thread.is_alive())

    def before_fork(self) -> None:
        """Let the writer finish what it is at: SQLite's own locks would be held in the child for ever."""
        self._rested = self._writing.acquire(timeout=FORK_WAIT_SECONDS)

    def after_fork_in_parent(self) -> None:
        """Go on writing."""
        if self._rested:
            self._writing.release()

    def after_fork(self) -> None:
        """Start with nothing queued, so that nothing of the parent's is written twice."""
        if self._store is not None:
            _parents_stores.append(self._store)
            self._store = None
        rested = self._rested
        self._begin()
        if not rested:  # the child must not touch the database; what it records is counted as lost
            self._deadline = time.monotonic()
        for keeper in self._keepers.values():
            keeper.forget()

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="deskwatch-archive", daemon=True)
                thread.start()
                self._thread = thread
        except RuntimeError:
            self._drops.count(DropReason.INTERNAL)  # no thread to be had now; the next entry tries again
        finally:
            self._starting.release()

    def _run(self) -> None:
        backoff_seconds = FIRST_BACKOFF_SECONDS
        while True:
            self._busy = True
            written = self._write_some()
            self._busy = False
            if written:
                backoff_seconds = FIRST_BACKOFF_SECONDS
                if self._deadline is not None and self.idle:
                    break
                self._pause(POLL_SECONDS)
            else:
                if self._deadline is not None and time.monotonic() > self._deadline:
                    break
                self._pause(backoff_seconds)
                backoff_seconds = min(backoff_seconds * 2, MAX_BACKOFF_SECONDS)
        if self._store is not None:
            self._store.close()

    def _pause(self, seconds: float) -> None:
        self._wake.wait(min(seconds, POLL_SECONDS) if self._deadline is not None else seconds)
        self._wake.clear()

    def _write_some(self) -> bool:
        """Write all that waits in one transaction, and say whether that went well."""
        if not self._batch:
            self._batch = [item for keeper in list(self._keepers.values()) for item in keeper.take()]
        if not self._batch:
            return True
        try:
            with self._writing:
                if self._store is None:
                    self._store = FillStore.open(self._url)
                self._store.write(self._batch)
        except Exception as error:  # noqa: BLE001  (whatever the database raises, the thread must live)
            diagnostics.say("archive", f"fills wait in memory: {error}")
            self._reopen()
            return False
        self._batch = []
        return True

    def _reopen(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            try:
                store.close()
            except Exception:  # noqa: BLE001  (what is broken may not even close)
                self._drops.count(DropReason.INTERNAL)
