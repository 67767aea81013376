from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from deskwatch.client.fills.importers import Imported, read_fills
from deskwatch.client.fills.importers.given import Trade
from deskwatch.errors import ConfigError


def read(folder: Path, text: str | bytes, **given: object) -> Imported:
    file = folder / "fills.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    (imported,) = read_fills(file, **given)  # type: ignore[arg-type]
    return imported


def test_the_plain_columns(tmp_path: Path) -> None:
    imported = read(
        tmp_path,
        "time,symbol,side,quantity,price,fee,order_id\n"
        "2022-01-24T12:00:00Z,BTC,buy,0.10,36000.5,1.25,o-1\n"
        "1643025600,BTC,SELL,0.1,36100,,\n"
        "1643025600500,ETH,SELL,1e-3,2400,0,\n",
        currency="USDT",
    )
    assert imported.problems == []
    assert imported.strategy == "fills"
    assert imported.records[0] == Trade(
        at=1643025600.0,
        symbol="BTC",
        quantity=Decimal("0.10"),
        price=Decimal("36000.5"),
        fee=Decimal("1.25"),
        fee_currency="USDT",
        currency="USDT",
        order_id="o-1",
    )
    assert [(record.at, record.quantity) for record in imported.records if isinstance(record, Trade)][1:] == [
        (1643025600.0, Decimal("-0.1")),
        (1643025600.5, Decimal("-0.001")),
    ]


def test_columns_of_other_names_a_bom_and_semicolons(tmp_path: Path) -> None:
    imported = read(
        tmp_path,
        b'\xef\xbb\xbfDate;Ticker;Qty;Px\r\n2022-01-24 12:00:00;"A;B";-3;10\r\n',
        columns={"time": "Date", "symbol": "Ticker", "quantity": "Qty", "price": "Px"},
        strategy="mine",
    )
    (record,) = imported.records
    assert (record.symbol, record.at) == ("A;B", 1643025600.0)
    assert isinstance(record, Trade)
    assert (record.quantity, record.currency) == (Decimal(-3), "USD")


def test_contracts_and_currencies(tmp_path: Path) -> None:
    imported = read(
        tmp_path,
        "time,symbol,quantity,price,currency,multiplier,inverse,fee,fee_currency\n"
        "0,XBTUSD,100,40000,XBT,1,true,0.01,BNB\n"
        "0,ES,1,4000,,50,,,\n",
    )
    coin, future = imported.instruments()
    assert (coin.currency, coin.inverse, future.multiplier) == ("XBT", True, 50)
    assert isinstance(imported.records[0], Trade)
    assert imported.records[0].fee_currency == "BNB"


TIME = "must be a time such as 2022-01-24T12:00:00Z, or Unix seconds or milliseconds"

BAD = """time,symbol,side,quantity,price,fee
2022-01-24,A,BUY,1,10,0
yesterday,A,BUY,1,10,0
2022-01-24,,BUY,1,10,0
2022-01-24,A,HOLD,1,10,0
2022-01-24,A,BUY,-1,10,0
2022-01-24,A,BUY,1,nan,0
2022-01-24,A,BUY,1,10,free
2022-01-24,A,BUY,1,10,0,surplus
2022-01-24,A,BUY
2022-01-24,A,SELL,1,12,0
"""


def test_each_row_that_cannot_be_used_is_told_and_all_others_are_taken(tmp_path: Path) -> None:
    imported = read(tmp_path, BAD)
    file = tmp_path / "fills.csv"
    assert [str(problem) for problem in imported.problems] == [
        f"{file}:3: time: {TIME}, was 'yesterday'",
        f"{file}:4: symbol: must be a text of 1 to 200 characters, was ''",
        f"{file}:5: side: must be BUY or SELL, was 'HOLD'",
        f"{file}:6: quantity: must be an amount above 0, was '-1'",
        f"{file}:7: price: must be an amount such as 1.25, was 'nan'",
        f"{file}:8: fee: must be an amount such as 1.25, was 'free'",
        f"{file}:9: (after the last header): there must be no more fields than headers, was \"['surplus']\"",
        f"{file}:10: quantity: must be an amount such as 1.25, was ''",
    ]
    assert len(imported.records) == 2


def test_a_problem_names_the_file_s_own_column(tmp_path: Path) -> None:
    imported = read(tmp_path, "time,symbol,Qty,price\n0,A,many,1\n", columns={"quantity": "Qty"})
    assert imported.problems[0].column == "Qty"


def test_bytes_that_are_no_utf_8_spoil_their_row_only(tmp_path: Path) -> None:
    imported = read(tmp_path, b"time,symbol,quantity,price\n0,\xff\xfe,1,1\n0,A,1,1\n")
    assert (imported.problems[0].line, imported.problems[0].message) == (2, "must be UTF-8")
    assert len(imported.records) == 1


@pytest.mark.parametrize(
    ("text", "columns", "told"),
    [
        ("a,b\n", {}, "fills.csv:1: there is no column 'time' for the time, the columns are a, b; name the right one"),
        ("", {}, "there is no column 'time' for the time, the columns are none"),
        ("time,symbol,quantity,price\n", {"fee": "Fee"}, "there is no column 'Fee' for the fee"),
        ("time,symbol,quantity,price\n", {"colour": "x"}, "column: must be one of time, symbol, quantity, price, side"),
    ],
)
def test_columns_that_are_not_there_are_refused(tmp_path: Path, text: str, columns: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, text, columns=columns)


def test_two_fills_that_look_alike_are_two(tmp_path: Path) -> None:
    imported = read(tmp_path, "time,symbol,quantity,price\n" + "0,A,1,1\n" * 3)
    assert len({entry.id for entry in imported.entries()}) == 3


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        read_fills(tmp_path / "none.csv")
