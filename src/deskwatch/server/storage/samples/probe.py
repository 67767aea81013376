"""Read a whole sample file in a process of its own: a damaged one may abort whoever opens it.

Way:     started by :mod:`attach`, never imported by it.
Source:  reading every value verifies every block's checksum, https://duckdb.org/docs/stable/internals/storage;
         a maximum or a sum may come from statistics and read nothing.

The exit status is 0 for a sound file, else the position of the reason in ``StorageReason`` plus 10; an abort
has its signal's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from deskwatch.errors import StorageReason
from deskwatch.server.storage.samples.duck import connect, reason_of

FIRST_STATUS = 10


def probe(path: Path) -> int:
    """Return the exit status for the file."""
    try:
        with connect(path) as connection:
            for table in ("series", "samples"):
                connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {table}").fetchall()  # noqa: S608
            connection.begin()
            connection.execute("INSERT INTO samples VALUES (0, 0, 0, 0)")
            connection.rollback()
    except duckdb.Error as error:
        sys.stderr.write(f"{error}\n")
        return FIRST_STATUS + list(StorageReason).index(reason_of(error))
    return 0


if __name__ == "__main__":
    sys.exit(probe(Path(sys.argv[1])))
