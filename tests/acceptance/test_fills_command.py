"""``deskwatch fills import`` and ``export`` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from archive_desk import ArchivedDesk

SAMPLES = Path(__file__).parents[1] / "samples/freqtrade"


def fills(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deskwatch", "fills", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'fills.db'}"


def test_a_backtest_goes_in_once_and_comes_out_as_parquet(url: str, tmp_path: Path) -> None:
    first = fills("import", SAMPLES / "backtest-result-futures.zip", "--to", url, "--json")
    assert (first.returncode, first.stderr) == (0, "")
    told = json.loads(first.stdout)
    assert abs(Decimal(told["profit"]) - Decimal(told["profit_in_file"])) < Decimal("1e-5")
    assert (told["strategy"], told["fills"], told["new"], told["trades"]) == ("SampleStrategy", 831, 831, 232)
    again = fills("import", SAMPLES / "backtest-result-futures.zip", "--to", url)
    assert again.returncode == 0
    assert again.stderr.strip() == (
        "SampleStrategy: 831 fills (0 new), 232 trades, 28% won, profit -1,381.76 USDT (the file says -1,381.76)"
    )
    file = tmp_path / "fills.parquet"
    exported = fills("export", "--from", url, "--to", file, "--json")
    assert json.loads(exported.stdout) == {"fills": 831, "strategies": ["SampleStrategy"], "to": str(file)}
    with duckdb.connect() as connection:
        fees = connection.execute("SELECT SUM(fee) FROM read_parquet(?)", [str(file)]).fetchone()
    assert fees == (Decimal(told["fees"]),)


def test_rows_that_cannot_be_used_are_listed_and_strict_takes_nothing(url: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("Date,symbol,Qty,price\n2022-01-24,A,1,10\n2022-01-24,A,none,10\n2022-01-25,A,-1,12\n")
    named = ["--column", "time=Date", "--column", "quantity=Qty"]
    strict = fills("import", file, "--to", url, *named, "--strict")
    assert strict.returncode == 2
    assert "1 records cannot be used; nothing was imported" in strict.stderr
    assert fills("export", "--from", url, "--to", tmp_path / "x.csv").returncode == 2
    done = fills("import", file, "--to", url, *named)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{file}:3: Qty: must be an amount such as 1.25, was 'none'",
        "mine: 2 fills (2 new), 1 trades, 100% won, profit 2.00 USD",
    ]


def test_a_bot_goes_on_from_an_imported_history(url: str, tmp_path: Path) -> None:
    file = tmp_path / "mom.csv"
    file.write_text("time,symbol,quantity,price\n2021-12-01,A,3,100\n")
    assert fills("import", file, "--to", url).returncode == 0
    desk = ArchivedDesk(url, instruments=())
    assert (desk.ledger.position("A").quantity, desk.ledger.equity) == (3, 10_000)
    desk.metrics.record_mark("A", 110)
    assert desk.ledger.pnl_day == 30
    assert desk.archive.close()
    refused = fills("import", file, "--to", url)
    assert refused.returncode == 2
    assert "mom is what a bot goes on with" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "none.csv", "--to", "sqlite:///x.db"], "none.csv: cannot be read: No such file or directory"),
        (["import", SAMPLES / "README.md", "--to", "sqlite:///x.db"], "there is no column 'time'"),
        (["import", SAMPLES / "tradesv3.sqlite", "--to", "x.db"], "--to: must be sqlite:///FILE or postgresql://"),
        (["export", "--from", "sqlite:///x.db", "--to", "x.csv"], "the archive has fills of none"),
        (["import", SAMPLES / "tradesv3.sqlite", "--to", "sqlite:///x.db", "--column", "a"], "must be FIELD=HEADER"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    arguments: list[object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = fills(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("deskwatch: ")
    assert told in done.stderr


def test_a_format_that_nobody_knows_is_refused(url: str, tmp_path: Path) -> None:
    assert fills("import", SAMPLES / "tradesv3.sqlite", "--to", url).returncode == 0
    done = fills("export", "--from", url, "--to", tmp_path / "fills.xlsx")
    assert done.returncode == 2
    assert "--format: must be one of csv, parquet, was 'xlsx'" in done.stderr
