"""Write and read the state in one thread, on one connection, a transaction at a time.

Way:     every stage -> [store] -> SQLite.  Events go to subscribers after the commit, in commit order.
Source:  https://www.sqlite.org/pragma.html#pragma_synchronous (FULL: a commit survives a power cut)
Threads: ``write`` and ``read`` are called on the event loop; the functions given to them run in the store's
         thread, which alone owns the connection and so also the checkpoints (SQLite's WAL-reset bug needs two).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from deskwatch.errors import ConfigError, StorageError, StorageReason
from deskwatch.model import Clock, Event
from deskwatch.server.faultpoint import fault_point
from deskwatch.server.storage.state.lock import DataLock
from deskwatch.server.storage.state.migrate import migrate
from deskwatch.server.storage.state.sqlite import connect, storage_reason
from deskwatch.server.storage.state.transaction import Transaction

T = TypeVar("T")
Listener = Callable[[Event], None]


class StateStore:
    """The state of one server; made by :meth:`open`."""

    def __init__(self, where: str, clock: Clock, lock: DataLock | None, registry: CollectorRegistry) -> None:
        self._where = where
        self._clock = clock
        self._lock = lock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="state")
        self._listeners: list[Listener] = []
        self._commit_seconds = Histogram(
            "deskwatch_state_commit_duration_seconds", "From begin to durable.", registry=registry
        )
        self._failures = Counter(
            "deskwatch_state_failures", "Transactions that were rolled back.", ["reason"], registry=registry
        )
        for reason in StorageReason:
            self._failures.labels(reason.value)
        self._conn: Connection

    @classmethod
    def open(cls, url: str, clock: Clock, registry: CollectorRegistry | None = None) -> StateStore:
        """Open the state, bring its tables up to date, and hold its directory's lock.

        Args:
            url: ``sqlite:///path/to/state.db``, or ``sqlite://`` for memory.
            clock: Times the commits.
            registry: Where the store counts itself.

        Raises:
            StorageError: LOCKED by another server, SCHEMA newer than this code, DAMAGED, or DISK.
            ConfigError: The URL names another database.
        """
        path = _sqlite_path(url)
        lock = _lock_directory_of(path) if path else None
        store = cls(url, clock, lock, registry or CollectorRegistry())
        try:
            store._thread.submit(store._open, url).result()
        except BaseException:
            store._release()
            raise
        return store

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        """Run ``fn`` in one transaction and commit it before returning.

        Subscribers hear its events first. When the caller is cancelled, the transaction is committed all the same.

        Raises:
            StorageError: The transaction was rolled back; nothing of it has happened.
        """
        loop = asyncio.get_running_loop()
        # Shielded: a cancelled caller must not take its transaction back out of the queue.
        return await asyncio.shield(loop.run_in_executor(self._thread, self._write, fn, loop))

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` on the committed state.

        Raises:
            StorageError: The state could not be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, fn)

    async def record(self, event: Event) -> None:
        """Commit one event to the journal."""
        await self.write(lambda tx: tx.event(event))

    def subscribe(self, listener: Listener) -> None:
        """Call ``listener`` on the event loop with every event, after its commit, in commit order."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """Finish what is under way, close the file and give the lock back."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._release()

    def _open(self, url: str) -> None:
        try:
            self._conn = connect(url)
            migrate(self._conn, url)
        except DBAPIError as error:
            raise self._storage_error(error, "opened") from error

    def _write(self, fn: Callable[[Transaction], T], loop: asyncio.AbstractEventLoop) -> T:
        started = self._clock.monotonic()
        try:
            with self._conn.begin():
                tx = Transaction(self._conn)
                result = fn(tx)
                fault_point("state.commit.before")
        except DBAPIError as error:
            raise self._storage_error(error, "written") from error
        fault_point("state.commit.after")
        self._commit_seconds.observe(self._clock.monotonic() - started)
        if tx.events:
            loop.call_soon_threadsafe(self._tell, tx.events)
        return result

    def _read(self, fn: Callable[[Connection], T]) -> T:
        try:
            with self._conn.begin() as transaction:
                result = fn(self._conn)
                transaction.rollback()
        except DBAPIError as error:
            raise self._storage_error(error, "read") from error
        return result

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            for listener in self._listeners:
                listener(event)

    def _storage_error(self, error: DBAPIError, deed: str) -> StorageError:
        reason = storage_reason(error)
        self._failures.labels(reason.value).inc()
        return StorageError(f"the state in {self._where} could not be {deed}: {error.orig}", reason=reason)

    def _close(self) -> None:
        self._conn.close()
        self._conn.engine.dispose()

    def _release(self) -> None:
        self._thread.shutdown()
        if self._lock:
            self._lock.release()


def _sqlite_path(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(
            f"must be a SQLite URL such as sqlite:///state.db, was {parsed.render_as_string()}", key="state_url"
        )
    return Path(parsed.database) if parsed.database not in (None, "", ":memory:") else None


def _lock_directory_of(path: Path) -> DataLock:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return DataLock.acquire(path.parent)
    except OSError as error:
        raise StorageError(
            f"data directory {path.parent} cannot be used: {error.strerror}", reason=StorageReason.DISK
        ) from error
