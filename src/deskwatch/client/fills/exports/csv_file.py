"""Write fills as CSV: every digit as it is kept, without exponents."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from deskwatch.client.fills.exports.rows import COLUMNS, Row


def write_csv(rows: Iterable[Row], file: Path) -> int:
    """Write the rows under a header that ``import`` reads, and return how many there were.

    Raises:
        OSError: The file cannot be written.
    """
    count = 0
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_text(value) for value in row])
            count += 1
    return count


def _text(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
