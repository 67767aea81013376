from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from deskwatch.client.fills.exports import write_csv, write_parquet
from deskwatch.client.fills.exports.rows import Row, row_of
from deskwatch.client.fills.exports.snowflake import connection_settings
from deskwatch.client.fills.importers import read_fills
from deskwatch.client.trading.keeping import FillEntry
from deskwatch.errors import ConfigError, StorageError

FILL = FillEntry(
    seq=7,
    id="f-1",
    at=1_643_025_600.25,
    symbol='A "quoted", one',
    currency="USD",
    multiplier=Decimal(1),
    inverse=False,
    quantity=Decimal("-0.123456789012345678"),
    price=Decimal("1E+5"),
    fee=Decimal("-1E-8"),
    fee_currency="BNB",
    order_id=None,
    mark=None,
    rate=None,
    fee_rate=None,
)
OTHER = FILL._replace(id="f-2", seq=8, quantity=Decimal(12345678901234567890), order_id="o-2", inverse=True)


def rows() -> list[Row]:
    return [row_of("s", FILL), row_of("s", OTHER)]


def test_csv_has_every_digit_and_is_what_import_reads(tmp_path: Path) -> None:
    file = tmp_path / "fills.csv"
    assert write_csv(rows(), file) == 2
    lines = file.read_text().splitlines()
    assert lines[1].split('"', 1)[0] == "s,7,f-1,2022-01-24 12:00:00.250000,"
    assert lines[1].endswith(",SELL,0.123456789012345678,100000,-0.00000001,BNB,USD,1,false,")
    (imported,) = read_fills(file)
    assert imported.problems == []
    first, second = imported.entries()
    assert isinstance(first, FillEntry)
    assert first._replace(seq=7) == FILL
    assert second.id == "f-2"


def test_parquet_has_exact_decimals_and_real_times(tmp_path: Path) -> None:
    file = tmp_path / "fills.parquet"
    assert write_parquet(iter(rows()), file) == 2
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT quantity, price, fee, order_id, inverse, epoch(time), typeof(quantity) "
            "FROM read_parquet(?) ORDER BY seq",
            [str(file)],
        ).fetchall()
    assert found == [
        (Decimal("0.123456789012345678"), 100000, Decimal("-1E-8"), None, False, 1643025600.25, "DECIMAL(38,18)"),
        (Decimal(12345678901234567890), 100000, Decimal("-1E-8"), "o-2", True, 1643025600.25, "DECIMAL(38,18)"),
    ]


def test_an_amount_that_no_decimal_holds_is_refused_and_not_rounded(tmp_path: Path) -> None:
    wide = FILL._replace(quantity=Decimal("12345678901234567890.1234567890123456789"))
    with pytest.raises(StorageError, match="quantity needs 20 digits before the point and 19 after it"):
        write_parquet([row_of("s", wide)], tmp_path / "fills.parquet")
    assert not (tmp_path / "fills.parquet").exists()
    assert write_csv([row_of("s", wide)], tmp_path / "fills.csv") == 1


def test_a_snowflake_url_says_where_and_the_environment_the_password() -> None:
    url = "snowflake://me@org-account/TRADING/PUBLIC?warehouse=W&role=R"
    assert connection_settings(url, {"SNOWFLAKE_PASSWORD": "x"}) == {
        "account": "org-account",
        "user": "me",
        "database": "TRADING",
        "schema": "PUBLIC",
        "warehouse": "W",
        "role": "R",
        "password": "x",
    }
    assert "password" not in connection_settings(url, {})


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("snowflake://me:secret@a/D/S", "must hold no password; give it in SNOWFLAKE_PASSWORD"),
        ("snowflake://a/D/S", "must be snowflake://USER@ACCOUNT/DATABASE/SCHEMA"),
        ("snowflake://me@a/D", "must be snowflake://USER@ACCOUNT/DATABASE/SCHEMA"),
    ],
)
def test_a_snowflake_url_that_cannot_be_used_is_refused(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        connection_settings(url, {})
    assert "secret" not in str(refused.value)
