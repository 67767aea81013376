"""Speak to SQLite or PostgreSQL: where they differ, and nothing else.

Way:     store → [database]: statements and rows → a file or a server.
Source:  https://www.sqlite.org/pragma.html#pragma_synchronous (EXTRA: a commit survives a power cut also where the
         journal is a file of its own), https://www.psycopg.org/psycopg3/docs/
Threads: a connection belongs to the thread that opened it.
"""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from deskwatch.client.extra import load
from deskwatch.client.fills.tables import Kind
from deskwatch.errors import StorageError, StorageReason

BUSY_TIMEOUT_SECONDS: Final = 5.0
"""How long to wait for another bot that writes the same file."""

CONNECT_SECONDS: Final = 5

FETCH_ROWS: Final = 1_000
"""Rows that are in memory at once when many are read."""

_REASONS: Final = {
    5: StorageReason.LOCKED,  # SQLITE_BUSY, https://www.sqlite.org/rescode.html
    6: StorageReason.LOCKED,
    11: StorageReason.DAMAGED,  # SQLITE_CORRUPT
    26: StorageReason.DAMAGED,  # SQLITE_NOTADB
}

Row = tuple[Any, ...]


class Database(ABC):
    """One connection.

    Attributes:
        types: The column type of each kind.
        mark: Stands for a value in a statement.
    """

    types: dict[Kind, str]
    mark: str

    @abstractmethod
    def bind(self, value: object) -> object:
        """Return a value as the driver takes it."""

    @abstractmethod
    def read(self, value: object, kind: Kind) -> object:
        """Return a value as it was given."""

    @abstractmethod
    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or nothing of it."""

    @abstractmethod
    def run(self, statement: str, values: Iterable[Sequence[object]] | None = None) -> None:
        """Run a statement, or run it for each row of values."""

    @abstractmethod
    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Yield what a query finds, without having all of it in memory."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


class SqliteDatabase(Database):
    """A file, with a rollback journal: SQLite before 3.51.3 may corrupt a WAL that two processes write.

    Args:
        path: The file; it is made if it is not there.

    Source: https://www.sqlite.org/wal.html#walresetbug
    """

    types = {Kind.TEXT: "TEXT", Kind.WHOLE: "INTEGER", Kind.FLOAT: "REAL", Kind.MONEY: "TEXT", Kind.FLAG: "INTEGER"}  # noqa: RUF012
    mark = "?"

    def __init__(self, path: Path) -> None:
        import sqlite3  # noqa: PLC0415  (5 ms that a bot without an archive need not pay)

        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # before SQLite makes it readable for all
        self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = DELETE").close()
        self._connection.execute("PRAGMA synchronous = EXTRA").close()

    def bind(self, value: object) -> object:
        """Write every digit of a Decimal."""
        if isinstance(value, Decimal):
            return str(value)
        return _clean(value)

    def read(self, value: object, kind: Kind) -> object:
        """Read every digit of a Decimal."""
        if value is None:
            return None
        if kind is Kind.MONEY:
            return Decimal(str(value))
        return bool(value) if kind is Kind.FLAG else value

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE").close()
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK").close()
            raise
        self._connection.execute("COMMIT").close()

    def run(self, statement: str, values: Iterable[Sequence[object]] | None = None) -> None:
        """Run a statement, or run it for each row of values."""
        if values is None:
            self._connection.execute(statement).close()
        else:
            self._connection.executemany(statement, values).close()

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Yield what a query finds."""
        yield from self._connection.execute(statement, values)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class PostgresDatabase(Database):
    """A server.

    Args:
        url: ``postgresql://user:password@host/database``.

    Raises:
        MissingExtraError: psycopg is not installed.
    """

    types = {  # noqa: RUF012
        Kind.TEXT: "TEXT",
        Kind.WHOLE: "BIGINT",
        Kind.FLOAT: "DOUBLE PRECISION",
        Kind.MONEY: "NUMERIC",
        Kind.FLAG: "BOOLEAN",
    }
    mark = "%s"

    def __init__(self, url: str) -> None:
        psycopg = load("psycopg", "postgres", "Keeping fills in PostgreSQL")
        self._connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)

    def bind(self, value: object) -> object:
        """Return the value; the driver knows Decimals."""
        return _clean(value)

    def read(self, value: object, kind: Kind) -> object:  # noqa: ARG002  (the driver knows)
        """Return the value."""
        return value

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or nothing of it."""
        with self._connection.transaction():
            yield

    def run(self, statement: str, values: Iterable[Sequence[object]] | None = None) -> None:
        """Run a statement, or run it for each row of values."""
        with self._connection.cursor() as cursor:
            if values is None:
                cursor.execute(statement)
            else:
                cursor.executemany(statement, values)

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Yield what a query finds; from a cursor of the server, so that it is not all sent at once."""
        with self._connection.transaction(), self._connection.cursor(name="deskwatch_rows") as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(statement, values)
            yield from cursor

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def connect(url: str) -> Database:
    """Open the database that a URL names; call it in the thread that will use it.

    Raises:
        ValueError: The URL names neither.
        MissingExtraError: The driver is not installed.
        StorageError: It cannot be opened; the text holds no password.
    """
    scheme = urlsplit(url).scheme
    if scheme in ("postgresql", "postgres"):
        with told_as_storage(url, "opened"):
            return PostgresDatabase(url)
    path = url.removeprefix("sqlite:///")
    if scheme != "sqlite" or path == url or not path:
        raise ValueError(f"must be sqlite:///FILE or postgresql://HOST/DATABASE, was {without_password(url)!r}")
    with told_as_storage(url, "opened"):
        return SqliteDatabase(Path(path))


@contextlib.contextmanager
def told_as_storage(url: str, deed: str) -> Iterator[None]:
    """Tell what a driver raises as ours.

    Raises:
        StorageError: Instead of what the driver raised.
    """
    try:
        yield
    except Exception as error:
        # By name, so that a driver that is not used need not be there.
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in ("sqlite3", "psycopg"):
            raise
        text = " ".join(str(error).split())
        raise StorageError(f"{without_password(url)} could not be {deed}: {text}", reason=_reason(error)) from error


def without_password(url: str) -> str:
    """Return the URL as it may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@", 1)).geturl()


def _reason(error: Exception) -> StorageReason:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _REASONS.get(code, StorageReason.DISK)


def _clean(value: object) -> object:
    """Return text as a database takes it: neither NUL nor half a surrogate."""
    if type(value) is str and (not value.isascii() or "\0" in value):
        return value.encode("utf-8", "replace").decode().replace("\0", "?")
    return value
