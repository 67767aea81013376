"""The export to Snowflake against fakesnow, which runs Snowflake's SQL on DuckDB: the service cannot run here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import fakesnow
import pytest
import snowflake.connector

from deskwatch.client.fills.exports import write_snowflake
from deskwatch.client.fills.exports.rows import Row, row_of
from deskwatch.client.fills.importers import read_fills
from deskwatch.client.trading.keeping import FillEntry
from deskwatch.errors import StorageError

pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result:UserWarning")  # of fakesnow's own

SAMPLE = Path(__file__).parents[2] / "samples/freqtrade/backtest-result-spot.zip"
SETTINGS = {"account": "a", "user": "me", "password": "x", "database": "TRADING", "schema": "PUBLIC"}


@pytest.fixture
def service() -> Iterator[None]:
    with fakesnow.patch():
        yield


def rows() -> list[Row]:
    (imported,) = read_fills(SAMPLE)
    return [row_of("s", entry) for entry in imported.entries() if isinstance(entry, FillEntry)]


def asked(question: str) -> list[tuple[object, ...]]:
    with snowflake.connector.connect(**SETTINGS) as connection:
        return list(connection.cursor().execute(question).fetchall())


def test_fills_arrive_exactly_and_once(service: None) -> None:
    given = rows()
    assert write_snowflake(given, SETTINGS) == len(given) == 238
    assert write_snowflake(given[100:], SETTINGS) == 138
    assert asked("SELECT COUNT(*) FROM DESKWATCH_FILLS") == [(238,)]
    found = asked('SELECT "QUANTITY", "PRICE", "FEE", "SIDE", "SYMBOL" FROM DESKWATCH_FILLS ORDER BY "SEQ"')
    assert found == [(row.quantity, row.price, row.fee, row.side, row.symbol) for row in given]


def test_an_amount_beyond_the_table_s_digits_is_refused_and_not_rounded(service: None) -> None:
    tiny = rows()[0]._replace(quantity=Decimal("1e-19"))
    with pytest.raises(StorageError, match="quantity needs 1 digits before the point and 19 after it"):
        write_snowflake([tiny], SETTINGS)
