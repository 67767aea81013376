"""Bring fills in from elsewhere, one file a format.

Way:     a file → [importers]: entries, and what could not be used → store.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deskwatch.client.fills.importers.csv_file import read_csv
from deskwatch.client.fills.importers.freqtrade_backtest import read_backtest
from deskwatch.client.fills.importers.freqtrade_trades import read_trades
from deskwatch.client.fills.importers.given import Imported, Problem, Progress
from deskwatch.errors import ConfigError

__all__ = ["Imported", "Problem", "read_fills"]

SQLITE_HEADER = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html#the_database_header


def read_fills(
    file: Path,
    *,
    strategy: str | None = None,
    currency: str = "USD",
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[Imported]:
    """Read a file by what it is: a backtest result or a database of freqtrade, or else CSV.

    Args:
        file: Which.
        strategy: Instead of the name in the file; a CSV has none, its file's name is taken.
        currency: What a CSV without such a column is in.
        columns: The header of a CSV's column by what it is for, where it has another name.
        progress: Called now and then with the part that is done, 0 to 1.

    Returns:
        One for each strategy in the file.

    Raises:
        ConfigError: The file cannot be read or is none of these.
    """
    try:
        with file.open("rb") as opened:
            begins = opened.read(16)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from error
    if begins == SQLITE_HEADER:
        return read_trades(file, strategy=strategy, progress=progress)
    if begins.startswith(b"PK") or begins.lstrip()[:1] == b"{":
        return read_backtest(file, strategy=strategy, progress=progress)
    return [read_csv(file, strategy=strategy, currency=currency, columns=columns or {}, progress=progress)]
