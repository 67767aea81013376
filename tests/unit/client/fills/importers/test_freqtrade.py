"""Results of the real freqtrade (tests/samples/freqtrade) against what freqtrade itself says of them."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from deskwatch.client.fills.importers import Imported, read_fills
from deskwatch.client.fills.summary import Summary, summarize
from deskwatch.client.trading.keeping import FillEntry, FundingEntry
from deskwatch.errors import ConfigError

SAMPLES = Path(__file__).parents[4] / "samples/freqtrade"


def result(market: str) -> dict[str, Any]:
    with zipfile.ZipFile(SAMPLES / f"backtest-result-{market}.zip") as packed:
        said = json.loads(packed.read(packed.namelist()[0]))
    return said["strategy"]["SampleStrategy"]


def summary(imported: Imported) -> Summary:
    return summarize(imported.entries(), imported.currency, imported.instruments())


@pytest.mark.parametrize("market", ["spot", "futures"])
def test_a_backtest_comes_to_what_freqtrade_says(market: str) -> None:
    """Profit, wins and losses; futures short and long, with funding. It rounds each exit to 8 digits."""
    theirs = result(market)
    (imported,) = read_fills(SAMPLES / f"backtest-result-{market}.zip")
    ours = summary(imported)
    assert (imported.problems, imported.strategy, imported.currency) == ([], "SampleStrategy", "USDT")
    assert imported.starting_equity == 10_000
    assert abs(ours.profit - Decimal(str(theirs["profit_total_abs"]))) < Decimal("1e-5")
    assert imported.profit == Decimal(str(theirs["profit_total_abs"]))
    assert ours.trades == theirs["total_trades"]
    assert ours.win_ratio == pytest.approx(theirs["winrate"])
    assert ours.fills == sum(len(trade["orders"]) for trade in theirs["trades"])
    assert float(ours.funding) == pytest.approx(sum(trade["funding_fees"] for trade in theirs["trades"]))
    assert ours.open == {}


def test_the_futures_sample_has_what_it_is_there_for() -> None:
    trades = result("futures")["trades"]
    assert any(trade["is_short"] for trade in trades)
    assert any(not trade["is_short"] for trade in trades)
    assert any(trade["funding_fees"] for trade in trades)
    assert any(len(trade["orders"]) == 4 for trade in trades)


def test_a_trade_database_comes_to_what_freqtrade_says() -> None:
    """It has one closed trade and an open one, of which a part was sold; freqtrade counts the fees of what was sold."""
    (imported,) = read_fills(SAMPLES / "tradesv3.sqlite")
    ours = summary(imported)
    with sqlite3.connect(SAMPLES / "tradesv3.sqlite") as connection:
        orders = connection.execute("SELECT COUNT(*) FROM orders WHERE filled > 0").fetchone()[0]
        amount, rate, fee = connection.execute(
            "SELECT amount, open_rate, fee_open FROM trades WHERE is_open"
        ).fetchone()
    connection.close()
    assert imported.problems == []
    assert (ours.fills, ours.trades) == (orders, 1)
    assert ours.open == {"BTC/USDT": Decimal(str(amount))}
    assert imported.profit is not None
    assert float(imported.profit - ours.profit) == pytest.approx(amount * rate * fee, abs=1e-3)


def test_the_fills_of_the_database_are_those_of_its_orders() -> None:
    (imported,) = read_fills(SAMPLES / "tradesv3.sqlite")
    first = imported.entries()[0]
    assert isinstance(first, FillEntry)
    assert (first.symbol, first.quantity, first.price) == ("BTC/USDT", Decimal("0.02392"), Decimal("41794.01"))
    assert first.fee == Decimal("0.9997127192")
    assert first.id.startswith("binance-dry_run_buy_BTC/USDT_")
    assert first.at == pytest.approx(1795728341.501)


def test_the_same_file_gives_the_same_ids() -> None:
    once, again = (read_fills(SAMPLES / "backtest-result-spot.zip")[0].entries() for _ in range(2))
    assert once == again
    assert len({entry.id for entry in once}) == len(once)
    assert [entry.seq for entry in once] == sorted({entry.seq for entry in once})


TRADE = {
    "pair": "ETH/USDT:USDT",
    "fee_open": 0.001,
    "fee_close": 0.002,
    "is_short": True,
    "funding_fees": -0.5,
    "orders": [
        {"amount": 2.0, "safe_price": 100.0, "ft_order_side": "sell", "order_filled_timestamp": 1_641_000_000_000,
         "ft_is_entry": True},
        {"amount": 2.0, "safe_price": 90.0, "ft_order_side": "buy", "order_filled_timestamp": 1_641_000_060_000,
         "ft_is_entry": False},
        {"amount": 2.0, "safe_price": 80.0, "ft_order_side": "buy", "order_filled_timestamp": None,
         "ft_is_entry": False},
    ],
}  # fmt: skip


def backtest(folder: Path, *trades: object, **others: object) -> Path:
    file = folder / "result.json"
    said = {"stake_currency": "USDT", "trades": list(trades), "profit_total_abs": 0, **others}
    file.write_text(json.dumps({"strategy": {"S": said}}))
    return file


def test_a_short_trade_worked_by_hand(tmp_path: Path) -> None:
    """Short 2 from 100 to 90: 20, less fees of 0.2 and 0.36, less 0.5 of funding. The last order was never filled."""
    (imported,) = read_fills(backtest(tmp_path, TRADE), strategy="mine")
    entries = imported.entries()
    assert [type(entry) for entry in entries] == [FillEntry, FundingEntry, FillEntry]
    assert imported.strategy == "mine"
    ours = summary(imported)
    assert (ours.profit, ours.trades, ours.win_ratio) == (Decimal("18.94"), 1, 1.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pair": ""}, "pair: must be a text of 1 to 200 characters, was ''"),
        ({"fee_open": None}, "fee_open: must be an amount such as 1.25, was 'None'"),
        ({"orders": 5}, "orders: must be a trade with a list of orders"),
        ({"orders": [{**TRADE["orders"][0], "amount": -1}]}, "amount: must be an amount above 0, was '-1'"),  # type: ignore[index]
        ({"orders": [{**TRADE["orders"][0], "ft_order_side": "up"}]}, "ft_order_side: must be buy or sell, was 'up'"),  # type: ignore[index]
        (
            {"orders": [{**TRADE["orders"][0], "order_filled_timestamp": "now"}]},  # type: ignore[index]
            "order_filled_timestamp: must be Unix milliseconds, before the year 2100, was 'now'",
        ),
    ],
)
def test_a_trade_that_cannot_be_used_is_told_and_the_others_are_taken(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    file = backtest(tmp_path, TRADE, {**TRADE, **change}, TRADE)
    (imported,) = read_fills(file)
    assert str(imported.problems[0]).startswith(f"{file}:2: {told}")
    assert len(imported.records) == 6


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "cannot be read as a backtest result"),
        (b'{"strategy": {}}', "must be a freqtrade backtest result with the key 'strategy'"),
        (b'{"strategy": {"S": {"trades": 1}}}', "strategy.S.trades: has no list of trades of S"),
        (b'{"strategy": {"S": {"trades": []}}}', "strategy.S.stake_currency: must be a currency, was None"),
        (b"PK\x03\x04 broken", "cannot be read as a backtest result"),
        (b"SQLite format 3\0 broken", "cannot be read as freqtrade's database"),
        (b"{" + b'"a":[' * 100_000, "cannot be read as a backtest result"),
    ],
)
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "result"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        read_fills(file)
    assert str(refused.value).startswith(f"{file}: {told}")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    with pytest.raises(ConfigError, match="no such table: trades"):
        read_fills(tmp_path / "other.sqlite")


def test_an_order_of_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    file = tmp_path / "trades.sqlite"
    file.write_bytes((SAMPLES / "tradesv3.sqlite").read_bytes())
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE orders SET order_filled_date = NULL WHERE id = 2")
        connection.execute("UPDATE orders SET ft_order_side = 'stoploss' WHERE id = 4")
    connection.close()
    (imported,) = read_fills(file)
    assert [str(problem) for problem in imported.problems] == [
        f"{file}:2: order_filled_date: must be a time such as 2026-11-26 21:25:41, was 'None'"
    ]
    assert len(imported.records) == 4


def test_one_name_is_not_given_to_two_strategies(tmp_path: Path) -> None:
    said = {"stake_currency": "USDT", "trades": []}
    file = tmp_path / "two.json"
    file.write_text(json.dumps({"strategy": {"A": said, "B": said}}))
    assert [imported.strategy for imported in read_fills(file)] == ["A", "B"]
    with pytest.raises(ConfigError, match="has 2 strategies; one name cannot be given to all"):
        read_fills(file, strategy="mine")
