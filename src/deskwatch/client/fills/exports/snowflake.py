"""Write fills to a table in Snowflake, amounts as exact numbers; the same fill twice is one row.

Source:  https://docs.snowflake.com/en/developer-guide/python-connector/python-connector
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from deskwatch.client.extra import load
from deskwatch.client.fills.exports.rows import AMOUNTS, COLUMNS, MAX_DIGITS, Row, Scales
from deskwatch.errors import ConfigError

PASSWORD_VARIABLE: Final = "SNOWFLAKE_PASSWORD"  # noqa: S105  (the name of the variable, not a password)
TABLE: Final = "DESKWATCH_FILLS"
BATCH_ROWS: Final = 1_000

AFTER_POINT: Final = 18
"""Digits after the point of every amount, so that a later export fits the table of the first: a wei has 18."""

_TYPES: Final = {"seq": "NUMBER(38, 0)", "time": "TIMESTAMP_NTZ", "inverse": "BOOLEAN"}


def connection_settings(url: str, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what ``snowflake://user@account/database/schema?warehouse=w&role=r`` says to the connector.

    The password stands in the environment, not in the URL: ``SNOWFLAKE_PASSWORD``.

    Raises:
        ConfigError: The URL is not so.
    """
    parts = urlsplit(url)
    names = [unquote(name) for name in parts.path.split("/") if name]
    if parts.scheme != "snowflake" or not parts.hostname or parts.username is None or len(names) != 2:
        raise ConfigError("must be snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=W", key="--to")
    if parts.password is not None:
        raise ConfigError(f"must hold no password; give it in {PASSWORD_VARIABLE}", key="--to")
    settings = {"account": parts.hostname, "user": unquote(parts.username), "database": names[0], "schema": names[1]}
    settings |= dict(parse_qsl(parts.query))
    if PASSWORD_VARIABLE in environment:
        settings["password"] = environment[PASSWORD_VARIABLE]
    return settings


def write_snowflake(rows: Iterable[Row], settings: Mapping[str, str]) -> int:
    """Add the rows to the table ``DESKWATCH_FILLS`` and return how many there were.

    Rows go to a temporary table first and are merged by strategy and id, all or nothing.

    Raises:
        MissingExtraError: The connector is not installed.
        StorageError: An amount needs more digits than a number of Snowflake has.
    """
    connector = load("snowflake.connector", "snowflake", "Exporting to Snowflake")
    scales = Scales()
    given = list(scales.through(rows))
    connection = connector.connect(**settings)
    try:
        cursor = connection.cursor()
        declared = ", ".join(f'"{name.upper()}" {_type(name, scales)}' for name in COLUMNS)
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} ({declared})")
        cursor.execute(f"CREATE OR REPLACE TEMPORARY TABLE {TABLE}_NEW ({declared})")
        marks = ", ".join(["%s"] * len(COLUMNS))
        for batch in _batches(given):
            cursor.executemany(f"INSERT INTO {TABLE}_NEW VALUES ({marks})", batch)  # noqa: S608  (the name is ours)
        cursor.execute(_merge())
        connection.commit()
    finally:
        connection.close()
    return len(given)


def _batches(rows: list[Row]) -> Iterator[list[tuple[object, ...]]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH_ROWS)):
        yield [tuple(f"{value:f}" if isinstance(value, Decimal) else value for value in row) for row in batch]


def _merge() -> str:
    names = ", ".join(f'"{name.upper()}"' for name in COLUMNS)
    values = ", ".join(f'new."{name.upper()}"' for name in COLUMNS)
    return (
        f"MERGE INTO {TABLE} kept USING {TABLE}_NEW new "  # noqa: S608  (the names are ours)
        'ON kept."STRATEGY" = new."STRATEGY" AND kept."ID" = new."ID" '
        f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def _type(name: str, scales: Scales) -> str:
    if name in AMOUNTS:
        digits, after = scales.within(name, MAX_DIGITS, AFTER_POINT)
        return f"NUMBER({digits}, {after})"
    return _TYPES.get(name, "VARCHAR")
