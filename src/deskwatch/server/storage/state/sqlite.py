"""Open SQLite so that a committed transaction survives kill -9 and a power cut.

Source:  https://www.sqlite.org/pragma.html and
         https://docs.sqlalchemy.org/en/latest/dialects/sqlite.html (transactions begun by SQLAlchemy, not by sqlite3)
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from deskwatch.errors import StorageReason

BUSY_TIMEOUT_MS: Final = 5_000
"""How long to wait for somebody who looks into the file with another program."""

PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {BUSY_TIMEOUT_MS}")

# The primary result code is the low byte: https://www.sqlite.org/rescode.html#extrc
_REASONS: Final = {
    sqlite3.SQLITE_CORRUPT: StorageReason.DAMAGED,
    sqlite3.SQLITE_NOTADB: StorageReason.DAMAGED,
    sqlite3.SQLITE_BUSY: StorageReason.LOCKED,
    sqlite3.SQLITE_LOCKED: StorageReason.LOCKED,
    sqlite3.SQLITE_ERROR: StorageReason.SCHEMA,
    sqlite3.SQLITE_CONSTRAINT: StorageReason.SCHEMA,
}


def connect(url: str) -> Connection:
    """Open the one connection; call it in the thread that will use it."""
    engine = create_engine(url, poolclass=StaticPool)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return _connected(engine)


def storage_reason(error: DBAPIError) -> StorageReason:
    """Return what kind of failure the database reported."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return StorageReason.DISK if code is None else _REASONS.get(code & 0xFF, StorageReason.DISK)


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError:
        engine.dispose()
        raise


def _set_up(dbapi_connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    # sqlite3 would begin transactions by its own rules and leave DDL outside of them.
    dbapi_connection.isolation_level = None
    try:
        for pragma in PRAGMAS:
            dbapi_connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        dbapi_connection.close()
        raise


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")
