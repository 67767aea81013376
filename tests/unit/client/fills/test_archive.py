from __future__ import annotations

import os
import sqlite3
import threading
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest

from archive_desk import ArchivedDesk, state_of
from deskwatch.client import Allowed, FillArchive, Guard, Instrument, MaxPosition
from deskwatch.client.fills import keeper as keeper_module
from deskwatch.client.fills.store import FillStore
from deskwatch.client.metrics import DropReason
from deskwatch.client.trading.keeping import KeptMark, SplitEntry
from deskwatch.client.trading.performance import Boundary, Performance
from deskwatch.errors import StorageError
from running_server import eventually


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'fills.db'}"


def test_a_ledger_goes_on_as_if_it_had_never_stopped(url: str) -> None:
    first = ArchivedDesk(url)
    first.trade()
    assert first.archive.close()
    second = ArchivedDesk(url, start=first.clock.now)
    assert state_of(second.ledger) == state_of(first.ledger)
    assert second.ledger.max_drawdown_ratio > 0
    for desk in (first, second):
        desk.metrics.record_mark("SAP", 35)
        desk.clock.now += 90_000
        desk.metrics.record_fill("SAP", "SELL", 28, 36)
        desk.metrics.record_equity(9_500)
    assert state_of(second.ledger) == state_of(first.ledger)


def test_a_restart_at_every_step_changes_nothing(url: str) -> None:
    """Thirty returns by the hour and a trade in each: one ledger lives through, the other is born again each hour."""
    steady = ArchivedDesk(f"{url}.steady")
    hours = 30
    for hour in range(hours):
        born = ArchivedDesk(url, start=steady.clock.now)
        for desk in (steady, born):
            desk.metrics.record_rate("EUR", "USD", 1.1 + hour / 100)
            desk.metrics.record_rate("BTC", "USD", 40_000)
            desk.metrics.record_fill("SAP", "BUY" if hour % 3 else "SELL", 10 + hour, 100 + hour % 7, fee=0.1)
            desk.metrics.record_mark("SAP", 100 + hour % 5)
            desk.clock.now += 86_400
        assert born.archive.close()
        assert state_of(born.ledger) == state_of(steady.ledger)
    assert born.ledger.performance.figures.volatility is not None


def test_a_new_peak_is_not_begun_by_a_restart(url: str) -> None:
    first = ArchivedDesk(url, instruments=())
    first.metrics.record_fill("A", "BUY", 10, 1_000)
    first.metrics.record_mark("A", 1_200)
    first.metrics.record_mark("A", 900)
    first.archive.close()
    second = ArchivedDesk(url, instruments=())
    assert second.ledger.drawdown_ratio == pytest.approx(3_000 / 12_000)
    assert second.ledger.peak_equity == 12_000
    assert b'trading_position_quantity{strategy="mom",symbol="A"} 10.0' in second.registry.expose(
        with_prometheus_client=False
    )


def test_a_guard_knows_the_positions_of_the_run_before(url: str) -> None:
    first = ArchivedDesk(url, instruments=())
    first.metrics.record_fill("A", "BUY", 10, 100)
    first.archive.close()
    guard = Guard([MaxPosition(12)])
    second = ArchivedDesk(url, instruments=(), guard=guard)
    second.metrics.heartbeat()
    assert guard.allow_order("A", "BUY", 2, 100) is Allowed.YES
    assert guard.allow_order("A", "BUY", 1, 100) is not Allowed.YES


def test_strategies_are_kept_apart(url: str) -> None:
    one, other = ArchivedDesk(url, strategy="one"), ArchivedDesk(url, strategy="other")
    one.metrics.record_fill("A", "BUY", 1, 100)
    other.metrics.record_fill("A", "SELL", 2, 100)
    assert one.archive.close()
    assert other.archive.close()
    assert ArchivedDesk(url, strategy="one").ledger.position("A").quantity == 1
    assert ArchivedDesk(url, strategy="other").ledger.position("A").quantity == -2
    store = FillStore.open(url)
    assert store.strategies() == {"one": 1, "other": 1}
    store.close()


def test_a_strategy_has_one_keeper(url: str) -> None:
    desk = ArchivedDesk(url)
    with pytest.raises(ValueError, match="already keeps the strategy 'mom'"):
        desk.archive.keeper("mom", desk.ledger)


def test_what_was_booked_as_something_else_is_refused_at_the_start(url: str) -> None:
    first = ArchivedDesk(url)
    first.trade()
    first.archive.close()
    with pytest.raises(ValueError, match="ES was booked in USD with multiplier 50, and is declared in USD with multip"):
        ArchivedDesk(url, instruments=[Instrument("SAP", "EUR"), Instrument("COIN", "BTC", inverse=True)])


def test_a_mark_from_before_a_split_counts_in_the_new_units(url: str) -> None:
    """The process was killed between the split and the first price after it."""
    first = ArchivedDesk(url, instruments=())
    first.metrics.record_fill("A", "BUY", 10, 100)
    first.metrics.record_mark("A", 120)
    assert first.archive.close()
    store = FillStore.open(url)
    entry = SplitEntry(store.last_seq("mom") + 1, "split-1", first.ledger.now, "A", Decimal(4), Decimal(1))
    store.write([("mom", entry)])
    store.close()
    second = ArchivedDesk(url, instruments=())
    assert (second.ledger.position("A").quantity, second.ledger.position("A").mark_price) == (40, 30)
    assert second.ledger.equity == first.ledger.equity == 10_200


def test_the_same_entry_twice_is_one(url: str) -> None:
    first = ArchivedDesk(url, instruments=())
    first.metrics.record_fill("A", "BUY", 10, 100)
    first.archive.close()
    store = FillStore.open(url)
    again = list(store.entries("mom"))
    store.write([("mom", entry) for entry in again])
    assert list(store.entries("mom")) == again
    assert len(again) == 1
    store.close()


def test_a_database_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "fills.db"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="could not be opened: file is not a database"):
        FillArchive(f"sqlite:///{file}")


@pytest.mark.parametrize("bad", ["fills.db", "sqlite://", "sqlite:///", "mysql://host/x"])
def test_a_url_that_names_no_database_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="must be sqlite:///FILE or postgresql://HOST/DATABASE, was"):
        FillArchive(bad)


def test_a_newer_database_is_refused(url: str) -> None:
    FillArchive(url).close()
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO ledger_schema VALUES (99)")
    connection.close()
    with pytest.raises(StorageError, match="has tables of version 99, this deskwatch knows 1"):
        FillArchive(url)


def test_a_file_of_fills_is_for_its_owner_only(url: str) -> None:
    FillArchive(url).close()
    assert Path(url.removeprefix("sqlite:///")).stat().st_mode & 0o077 == 0


class Locked:
    """Another program holds the file for the time of the block."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN EXCLUSIVE")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


def test_fills_wait_while_the_database_does_not_answer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskwatch.client.fills.database.BUSY_TIMEOUT_SECONDS", 0.05)
    desk = ArchivedDesk(url, instruments=())
    with Locked(url):
        for _ in range(3):
            desk.metrics.record_fill("A", "BUY", 1, 100)
        assert not desk.archive.flush(0.3)
        assert desk.archive.waiting == 3
    assert desk.archive.close()
    assert ArchivedDesk(url, instruments=()).ledger.position("A").quantity == 3


def test_what_is_too_much_is_counted_and_told_at_the_next_start(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("deskwatch.client.fills.database.BUSY_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(keeper_module, "MAX_WAITING", 5)
    desk = ArchivedDesk(url, instruments=())
    with Locked(url):
        for _ in range(50):
            desk.metrics.record_fill("A", "BUY", 1, 100)
        lost = desk.registry.drops.read()[DropReason.ARCHIVE]
        assert 40 <= lost <= 45
    assert desk.archive.close()
    store = FillStore.open(url)
    standing = store.kept("mom", desk.ledger.performance).standing
    assert standing is not None
    assert (standing.lost, len(list(store.entries("mom")))) == (lost, 50 - lost)
    store.close()


def test_after_closing_nothing_is_taken_and_nothing_raises(url: str) -> None:
    desk = ArchivedDesk(url, instruments=())
    assert desk.archive.close()
    desk.metrics.record_fill("A", "BUY", 1, 100)
    assert desk.registry.drops.read()[DropReason.ARCHIVE] == 1
    assert desk.ledger.position("A").quantity == 1


def test_many_threads_lose_nothing(url: str) -> None:
    desk = ArchivedDesk(url, instruments=())

    def record() -> None:
        for _ in range(200):
            desk.metrics.record_fill("A", "BUY", 1, 100)
            desk.metrics.record_mark("A", 101)

    threads = [threading.Thread(target=record) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.archive.close()
    second = ArchivedDesk(url, instruments=(), start=desk.clock.now)
    assert second.ledger.position("A").quantity == 1600
    assert state_of(second.ledger) == state_of(desk.ledger)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_writes_its_own_and_nothing_of_its_parent_s(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskwatch.client.fills.database.BUSY_TIMEOUT_SECONDS", 0.05)
    desk = ArchivedDesk(url, instruments=())
    desk.metrics.record_fill("A", "BUY", 1, 100)
    assert desk.archive.flush()
    with Locked(url):
        desk.metrics.record_fill("A", "BUY", 10, 100)  # waits in the parent
        pid = os.fork()
        if not pid:
            desk.metrics.record_fill("A", "BUY", 100, 100)
            os._exit(0 if desk.archive.waiting == 1 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    pid = os.fork()
    if not pid:
        desk.metrics.record_fill("A", "BUY", 1_000, 100)
        os._exit(0 if desk.archive.close() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert desk.archive.close()
    store = FillStore.open(url)
    assert sorted(fill.quantity for fill in store.fills("mom")) == [1, 10, 1_000]
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_of_a_process_that_was_writing_leaves_the_database_alone(url: str) -> None:
    """The writer waits for the file for five seconds, and a fork does not wait so long."""
    desk = ArchivedDesk(url, instruments=())
    with Locked(url):
        desk.metrics.record_fill("A", "BUY", 1, 100)
        eventually(lambda: not desk.archive.flush(0), "the writer waits for the file")
        eventually(desk.archive._writing.locked, "the writer is at work")
        pid = os.fork()
        if not pid:
            desk.metrics.record_fill("A", "BUY", 10, 100)
            lost = desk.registry.drops.read()[DropReason.ARCHIVE]
            os._exit(0 if (lost, desk.archive.waiting) == (1, 0) and desk.archive.close() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert desk.archive.close(10)
    store = FillStore.open(url)
    assert [fill.quantity for fill in store.fills("mom")] == [1]
    store.close()


def test_a_boundary_and_a_mark_come_back_as_they_were(url: str) -> None:
    store = FillStore.open(url)
    rows = [Boundary(5.0, 3600, None, Decimal("1E-8")), KeptMark("A\ud800\0", Decimal("-0.10"), 7)]
    store.write([("s", row) for row in rows])
    store.write([("s", KeptMark("A\ud800\0", Decimal("1.50"), 8))])
    kept = store.kept("s", Performance(UTC, 3600))
    assert kept.boundaries == [rows[0]]
    assert kept.marks == [KeptMark("A??", Decimal("1.50"), 8)]
    store.close()
