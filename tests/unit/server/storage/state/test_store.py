"""The store keeps its promises on a real SQLite file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import IntegrityError

from deskwatch.errors import ConfigError, StorageError, StorageReason
from deskwatch.model import Event, EventKind
from deskwatch.server.storage.state import BotRow, StateStore, bots, journal
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(path):
    store = StateStore.open(f"sqlite:///{path}/state.db", ManualClock())
    try:
        yield store
    finally:
        await store.close()


def event(subject: str) -> Event:
    return Event(EventKind.SERVER_STARTED, 1, subject=subject)


async def pragma(store: StateStore, name: str):
    return await store.read(lambda conn: conn.exec_driver_sql(f"PRAGMA {name}").scalar())


async def test_the_file_is_in_wal_mode_with_full_sync_and_foreign_keys(tmp_path):
    async with opened(tmp_path) as store:
        assert await pragma(store, "journal_mode") == "wal"
        assert await pragma(store, "synchronous") == 2
        assert await pragma(store, "foreign_keys") == 1


async def test_what_write_returned_from_is_in_the_file(tmp_path):
    async with opened(tmp_path) as store:
        await store.record(event("kept"))
        with sqlite3.connect(f"file:{tmp_path}/state.db?mode=ro", uri=True) as other:
            assert other.execute("SELECT subject FROM journal").fetchall() == [("kept",)]
        other.close()


async def test_a_failing_function_leaves_nothing_behind(tmp_path):
    def fail(tx):
        bots.put(tx, BotRow("demo", "running"))
        tx.event(event("never"))
        raise ValueError("stop")

    heard = []
    async with opened(tmp_path) as store:
        store.subscribe(heard.append)
        with pytest.raises(ValueError, match="stop"):
            await store.write(fail)
        assert await store.read(bots.everyone) == []
        assert await store.read(journal.last_id) == 0
    assert heard == []


async def test_subscribers_hear_events_with_their_numbers_before_write_returns(tmp_path):
    heard = []
    async with opened(tmp_path) as store:
        store.subscribe(heard.append)
        await asyncio.gather(*(store.record(event(str(number))) for number in range(20)))
        assert [one.id for one in heard] == list(range(1, 21))
        assert heard == await store.read(lambda conn: journal.read(conn, 0, 100))


async def test_a_cancelled_writer_still_commits_and_tells(tmp_path):
    heard = []
    async with opened(tmp_path) as store:
        store.subscribe(heard.append)
        write = asyncio.create_task(store.record(event("late")))
        await asyncio.sleep(0)
        write.cancel()
        with pytest.raises(asyncio.CancelledError):
            await write
        assert len(await store.read(lambda conn: journal.read(conn, 0, 10))) == 1
        assert [one.subject for one in heard] == ["late"]


async def test_reading_cannot_write(tmp_path):
    async with opened(tmp_path) as store:
        await store.read(lambda conn: journal.append(conn, event("lost")))
        assert await store.read(journal.last_id) == 0


async def test_a_second_server_is_refused_by_the_pid_of_the_first(tmp_path):
    async with opened(tmp_path):
        with pytest.raises(StorageError, match=rf"pid {os.getpid()}\b") as caught:
            StateStore.open(f"sqlite:///{tmp_path}/state.db", ManualClock())
    assert caught.value.reason is StorageReason.LOCKED


async def test_after_closing_the_next_server_may_open(tmp_path):
    async with opened(tmp_path) as store:
        await store.record(event("kept"))
    async with opened(tmp_path) as store:
        assert await store.read(journal.last_id) == 1


async def test_a_newer_schema_is_refused_and_the_lock_is_free_again(tmp_path):
    async with opened(tmp_path) as store:
        await store.write(lambda tx: tx.conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    for _ in range(2):
        with pytest.raises(StorageError, match=r"schema 9999.* up to 0002") as caught:
            StateStore.open(f"sqlite:///{tmp_path}/state.db", ManualClock())
        assert caught.value.reason is StorageReason.SCHEMA


async def test_a_file_that_is_no_database_is_damaged(tmp_path):
    (tmp_path / "state.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError) as caught:
        StateStore.open(f"sqlite:///{tmp_path}/state.db", ManualClock())
    assert caught.value.reason is StorageReason.DAMAGED


async def test_a_directory_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as caught:
        StateStore.open(f"sqlite:///{tmp_path}/file/state.db", ManualClock())
    assert caught.value.reason is StorageReason.DISK


def test_another_database_is_refused_by_name():
    with pytest.raises(ConfigError, match="sqlite:///"):
        StateStore.open("mysql://db/deskwatch", ManualClock())


async def test_a_row_that_breaks_a_key_is_reported_with_its_place(tmp_path):
    def twice(tx):
        for _ in range(2):
            tx.conn.exec_driver_sql("INSERT INTO bots (name, restarts, state) VALUES ('a', 0, 'up')")

    async with opened(tmp_path) as store:
        with pytest.raises(StorageError, match=r"state\.db could not be written: UNIQUE") as caught:
            await store.write(twice)
        assert isinstance(caught.value.__cause__, IntegrityError)
