"""An archive in real SQLite and real PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from archive_desk import ArchivedDesk, state_of
from deskwatch.client import FillArchive
from deskwatch.client.fills.database import PostgresDatabase, SqliteDatabase, connect
from deskwatch.client.fills.store import FillStore
from deskwatch.client.trading.keeping import FillEntry
from deskwatch.errors import StorageError
from services import free_port, postgres_server


@pytest.fixture(scope="module")
def postgres(real_program: Callable[[str], str]) -> Iterator[str]:
    with postgres_server(real_program("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fills.db'}"
    return str(request.getfixturevalue("postgres"))


def test_a_ledger_goes_on_as_if_it_had_never_stopped(url: str) -> None:
    first = ArchivedDesk(url)
    first.trade()
    assert first.archive.close()
    second = ArchivedDesk(url, start=first.clock.now)
    assert state_of(second.ledger) == state_of(first.ledger)
    assert second.archive.close()


HOSTILE = FillEntry(
    seq=2**62,
    id="id-1",
    at=1_641_038_400.123456,
    symbol="'; DROP TABLE ledger_fills; --\ud800\0",
    currency="USD",
    multiplier=Decimal("0.00000001"),
    inverse=True,
    quantity=Decimal("-123456789012345678901234567890.123456789012345678901234567890"),
    price=Decimal("1E+29"),
    fee=Decimal("-1E-30"),
    fee_currency="BNB",
    order_id=None,
    mark=None,
    rate=Decimal("1.10"),
    fee_rate=Decimal("0.1"),
)


def test_every_digit_comes_back(url: str) -> None:
    store = FillStore.open(url)
    store.write([("digits", HOSTILE)])
    assert list(store.fills("digits")) == [HOSTILE._replace(symbol="'; DROP TABLE ledger_fills; --??")]
    assert store.last_seq("digits") == 2**62
    store.close()


def test_a_batch_is_kept_whole_or_not_at_all(url: str) -> None:
    store = FillStore.open(url)
    bad = HOSTILE._replace(id="id-2", seq=2**70)  # beyond 64 bits
    with pytest.raises((StorageError, OverflowError)):
        store.write([("whole", HOSTILE), ("whole", bad)])
    assert list(store.fills("whole")) == []
    store.write([("whole", HOSTILE)])
    assert len(list(store.fills("whole"))) == 1
    store.close()


def test_many_rows_come_back_in_order(url: str) -> None:
    store = FillStore.open(url)
    plain = HOSTILE._replace(symbol="A")
    store.write([("many", plain._replace(seq=5_000 - n, id=f"id-{n}")) for n in range(5_000)])
    assert [fill.seq for fill in store.fills("many")] == list(range(1, 5_001))
    store.close()


def test_the_url_chooses_the_database(url: str) -> None:
    database = connect(url)
    assert isinstance(database, SqliteDatabase if url.startswith("sqlite") else PostgresDatabase)
    database.close()


@pytest.mark.real
def test_a_server_that_went_away_loses_nothing(real_program: Callable[[str], str]) -> None:
    """Fills wait while PostgreSQL ends every connection, and are written when it answers again."""
    with postgres_server(real_program("postgres")) as url:
        desk = ArchivedDesk(url, instruments=())
        desk.metrics.record_fill("A", "BUY", 1, 100)
        assert desk.archive.flush()
        ending = connect(url)
        list(ending.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
        ending.close()
        desk.metrics.record_fill("A", "BUY", 2, 100)
        assert desk.archive.flush(10)
        second = ArchivedDesk(url, instruments=(), start=desk.clock.now)
        assert second.ledger.position("A").quantity == 3
        assert desk.archive.close()
        assert second.archive.close()


def test_an_error_names_the_place_and_no_password() -> None:
    with pytest.raises(StorageError, match="could not be opened") as told:
        FillArchive(f"postgresql://desk:s3cret@127.0.0.1:{free_port()}/fills")
    assert "s3cret" not in str(told.value)
    assert "desk:***@127.0.0.1" in str(told.value)


HANGING = """
import atexit, sys, time
from deskwatch import FillArchive, TradingMetrics
from deskwatch.client.fills.store import FillStore
ended = []
atexit.register(lambda: print(time.monotonic() - ended[0]))
metrics = TradingMetrics("s", starting_equity=1000, archive=FillArchive(sys.argv[1]))
FillStore.write = lambda *_: time.sleep(30)
metrics.record_fill("A", "BUY", 1, 100)
ended.append(time.monotonic())
"""


def test_a_database_that_hangs_delays_the_exit_by_two_seconds_at_most(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HANGING, f"sqlite:///{tmp_path / 'fills.db'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert 1.5 < float(done.stdout) < 3


EXIT = """
import sys
from deskwatch import FillArchive, TradingMetrics
metrics = TradingMetrics("s", starting_equity=1000, archive=FillArchive(sys.argv[1]))
for _ in range(500):
    metrics.record_fill("A", "BUY", 1, 100)
metrics.record_mark("A", 150)
"""


def test_a_script_that_just_ends_has_all_on_disk(url: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", EXIT, url], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    second = ArchivedDesk(url, strategy="s", instruments=())
    assert (second.ledger.position("A").quantity, second.ledger.position("A").mark_price) == (500, 150)
    assert second.archive.close()
