"""Read fills from CSV: whatever the columns are called, each row that can be used, and each that cannot is told.

Source:  https://www.rfc-editor.org/rfc/rfc4180; semicolons and tabs are taken as well
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.fills.importers.given import Imported, Progress, Trade, Unusable, amount, name, positive
from deskwatch.client.trading.given import currency_of, side_of
from deskwatch.errors import ConfigError

REQUIRED: Final = ("time", "symbol", "quantity", "price")
OPTIONAL: Final = ("side", "fee", "fee_currency", "currency", "multiplier", "inverse", "order_id", "id")

FIRST_MILLISECONDS: Final = 1e11
"""As seconds it would be the year 5138, as milliseconds 1973: a number from there on is in milliseconds."""

_REST: Final = "(after the last header)"

_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


def read_csv(
    file: Path,
    *,
    strategy: str | None = None,
    currency: str = "USD",
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Return the fills of a CSV file with a header.

    Args:
        file: Which, in UTF-8.
        strategy: Whose fills; by default the file's name.
        currency: What prices and fees are in where no column says so.
        columns: The header of a column by what it is for: ``{"quantity": "Qty"}``. Without it the headers are
            ``time``, ``symbol``, ``quantity``, ``price``, and if they are there ``side``, ``fee``, ``fee_currency``,
            ``currency``, ``multiplier``, ``inverse``, ``order_id``, ``id``. Without a side, what is below 0 was sold.
        progress: Called now and then with the part that is done, 0 to 1.

    Raises:
        ConfigError: The file cannot be read, or has not the columns.
    """
    imported = Imported(file, strategy or file.stem, currency)
    size = max(file.stat().st_size, 1)
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            header = opened.readline()
            opened.seek(0)
            reader = csv.DictReader(opened, delimiter=_delimiter(header), restkey=_REST)
            names = _names(file, list(reader.fieldnames or ()), columns or {})
            done = 0
            for row in reader:
                _take(imported, row, names, reader.line_num)
                done += sum(len(value) + 1 for value in row.values() if isinstance(value, str))
                if progress is not None and reader.line_num % 10_000 == 0:
                    progress(min(done / size, 1.0))
    except (OSError, csv.Error) as error:
        raise ConfigError(f"cannot be read as CSV: {error}", file=file) from error
    return imported


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _names(file: Path, found: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(columns) - {*REQUIRED, *OPTIONAL})
    if unknown:
        raise ConfigError(
            f"must be one of {', '.join((*REQUIRED, *OPTIONAL))}, was {unknown[0]!r}", file=file, key="column"
        )
    names = {}
    for field in (*REQUIRED, *OPTIONAL):
        header = columns.get(field, field)
        if header in found:
            names[field] = header
        elif field in REQUIRED or field in columns:
            raise ConfigError(
                f"there is no column {header!r} for the {field}, the columns are {', '.join(found) or 'none'}; "
                f"name the right one with --column {field}=HEADER",
                file=file,
                line=1,
            )
    return names


def _take(imported: Imported, row: dict[str, str], names: dict[str, str], line: int) -> None:
    try:
        imported.records.append(_trade(_given(row, names), imported.currency))
    except Unusable as problem:
        problem.column = names.get(problem.column, problem.column)
        imported.refuse(line, problem)


def _given(row: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    if _REST in row:
        raise Unusable(_REST, row[_REST], "there must be no more fields than headers")
    given = {field: (row[header] or "").strip() for field, header in names.items()}
    for field, value in given.items():
        if "\ufffd" in value:
            raise Unusable(field, value, "must be UTF-8")
    return given


def _trade(given: dict[str, str], currency: str) -> Trade:
    native = _currency("currency", given) or currency
    return Trade(
        at=_time(given["time"]),
        symbol=name("symbol", given["symbol"]),
        quantity=_quantity(given),
        price=_price(given),
        fee=amount("fee", given.get("fee") or "0"),
        fee_currency=_currency("fee_currency", given) or native,
        currency=native,
        order_id=given.get("order_id") or None,
        id=given.get("id") or None,
        multiplier=positive("multiplier", given.get("multiplier") or "1"),
        inverse=_flag(given.get("inverse", "")),
    )


def _quantity(given: dict[str, str]) -> Decimal:
    if "side" not in given:
        quantity = amount("quantity", given["quantity"])
        if not quantity:
            raise Unusable("quantity", given["quantity"], "must not be 0")
        return quantity
    side = side_of(given["side"])
    if side is None:
        raise Unusable("side", given["side"], "must be BUY or SELL")
    quantity = positive("quantity", given["quantity"])
    return quantity if side == "BUY" else quantity.copy_negate()


def _price(given: dict[str, str]) -> Decimal:
    if _flag(given.get("inverse", "")):
        return positive("price", given["price"])
    return amount("price", given["price"])


def _currency(field: str, given: dict[str, str]) -> str | None:
    if not given.get(field):
        return None
    known = currency_of(given[field])
    if known is None:
        raise Unusable(field, given[field], "must be a currency such as USD")
    return known


def _flag(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise Unusable("inverse", text, "must be true or false")
    return text.lower() in _TRUE


def _time(text: str) -> float:
    number = untrusted.money(text)
    if number is not None:
        at = untrusted.unix_seconds(float(number) / (1000 if number >= FIRST_MILLISECONDS else 1))
    else:
        at = _iso(text)
    if at is None:
        raise Unusable("time", text, "must be a time such as 2022-01-24T12:00:00Z, or Unix seconds or milliseconds")
    return at


def _iso(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return untrusted.unix_seconds((when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp())
