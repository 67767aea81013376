"""Open a DuckDB file so that nothing but the file can be reached, and name what can go wrong.

Source:  https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from deskwatch.errors import StorageError, StorageReason

MEMORY_LIMIT: Final = "64MB"
"""DuckDB keeps what it has read and written up to this limit, so the server grows by it within hours. Reading
5,000,000 samples (history.MAX_SAMPLES) and deleting 3,000,000 of 8,000,000 were measured to work with half of it."""

SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": "1",
    "memory_limit": MEMORY_LIMIT,
    "enable_external_access": "false",
    "lock_configuration": "true",
}

SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS series (id INTEGER NOT NULL, labels VARCHAR NOT NULL)",
    """CREATE TABLE IF NOT EXISTS samples
         (series_id INTEGER NOT NULL, ts_ms BIGINT NOT NULL, value DOUBLE, nan_bits UBIGINT NOT NULL)""",
)

_DISK_WORDS: Final = ("no space left", "permission denied", "read-only", "disk quota", "cannot allocate")


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file, or make it, and its tables.

    Raises:
        duckdb.Error: It cannot be opened.
    """
    connection = duckdb.connect(str(path), config=SETTINGS)
    for statement in SCHEMA:
        connection.execute(statement)
    return connection


def storage_error(error: duckdb.Error, path: Path) -> StorageError:
    """Say what a DuckDB error means for the file."""
    return StorageError(f"{path}: {error}", reason=reason_of(error))


def reason_of(error: duckdb.Error) -> StorageReason:
    """Tell a file in use and a full disk from a damaged file; only the last may be set aside."""
    text = str(error).lower()
    if isinstance(error, duckdb.IOException) and "lock" in text and "conflict" in text:
        return StorageReason.LOCKED
    if isinstance(error, duckdb.OutOfMemoryException) or any(word in text for word in _DISK_WORDS):
        return StorageReason.DISK
    return StorageReason.DAMAGED
