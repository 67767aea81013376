"""Write fills as Parquet, amounts as exact decimals.

Way:     rows → CSV in a temporary file, while the needed digits are learned → DuckDB → Parquet.
Source:  https://duckdb.org/docs/stable/data/csv/overview and https://duckdb.org/docs/stable/data/parquet/overview
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from deskwatch.client.extra import load
from deskwatch.client.fills.exports.csv_file import write_csv
from deskwatch.client.fills.exports.rows import AMOUNTS, COLUMNS, MAX_DIGITS, Row, Scales

_TYPES = {"seq": "BIGINT", "time": "TIMESTAMPTZ", "inverse": "BOOLEAN"}


def write_parquet(rows: Iterable[Row], file: Path) -> int:
    """Write the rows and return how many there were.

    Raises:
        MissingExtraError: DuckDB is not installed.
        StorageError: An amount needs more digits than a decimal of Parquet has.
        OSError: The file cannot be written.
    """
    duckdb = load("duckdb", "server", "Writing Parquet")
    scales = Scales()
    with tempfile.TemporaryDirectory(prefix="deskwatch-export-") as folder, duckdb.connect() as connection:
        plain = Path(folder) / "fills.csv"
        count = write_csv(scales.through(rows), plain)
        columns = ", ".join(f"'{name}': '{_type(name, scales)}'" for name in COLUMNS)
        connection.execute("SET TimeZone = 'UTC'")
        # Names and types are this module's own; the paths are bound.
        connection.execute(
            f"CREATE TABLE fills AS SELECT * FROM read_csv(?, header = true, auto_detect = false, delim = ',', "  # noqa: S608
            f"quote = '\"', escape = '\"', nullstr = '', columns = {{{columns}}})",
            [str(plain)],
        )
        connection.table("fills").write_parquet(str(file), compression="zstd")
    return count


def _type(name: str, scales: Scales) -> str:
    if name in AMOUNTS:
        digits, after = scales.within(name, MAX_DIGITS)
        return f"DECIMAL({digits}, {after})"
    return _TYPES.get(name, "VARCHAR")
