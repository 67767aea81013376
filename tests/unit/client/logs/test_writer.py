from __future__ import annotations

import errno
import threading
import time
from pathlib import Path

import pytest

from deskwatch.client import diagnostics
from deskwatch.client.logs import writer as writer_module
from deskwatch.client.logs.file import LogFile
from deskwatch.client.logs.writer import ENTRY_BYTES, MAX_QUEUED, Writer
from deskwatch.client.metrics import DropReason, Drops


class GatedFile(LogFile):
    """A file on a disk that hangs until the gate opens, and that is full while ``full`` says so."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.reached = threading.Event()
        self.full = False

    def append(self, lines: bytes) -> None:
        self.reached.set()
        assert self.gate.wait(10)
        if self.full:
            self.full = False
            raise OSError(errno.ENOSPC, "No space left on device")
        super().append(lines)


@pytest.fixture
def file(tmp_path: Path) -> GatedFile:
    return GatedFile(tmp_path / "bot.log")


@pytest.fixture
def drops() -> Drops:
    return Drops()


def test_lines_of_a_thread_keep_their_order(file: GatedFile, drops: Drops) -> None:
    file.gate.set()
    writer = Writer(file, drops)
    for number in range(3000):
        writer.put(b"%d\n" % number)
    assert writer.flush()
    assert [int(line) for line in file.path.read_bytes().split()] == list(range(3000))
    assert drops.total == 0


def test_a_disk_that_hangs_does_not_hold_the_caller_and_the_oldest_lines_give_way(
    file: GatedFile, drops: Drops
) -> None:
    writer = Writer(file, drops)
    writer.put(b"first\n")
    assert file.reached.wait(5)
    for number in range(MAX_QUEUED + 500):
        writer.put(b"%d\n" % number)
    assert not writer.flush(0.01)
    assert drops.read()[DropReason.QUEUE_FULL] == 500
    file.gate.set()
    assert writer.flush(5)
    assert file.path.read_bytes().split() == [b"first", *[b"%d" % number for number in range(500, MAX_QUEUED + 500)]]


def test_long_lines_take_more_places_so_that_the_queue_stays_small(file: GatedFile, drops: Drops) -> None:
    writer = Writer(file, drops)
    writer.put(b"first\n")
    assert file.reached.wait(5)
    long = b"x" * (ENTRY_BYTES * 10 - 1) + b"\n"
    for _ in range(2000):
        writer.put(long)
    file.gate.set()
    assert writer.flush(5)
    written = file.path.stat().st_size
    assert written <= 8 * 1024 * 1024
    assert written // len(long) + drops.read()[DropReason.QUEUE_FULL] == 2000


def test_a_full_disk_keeps_the_lines_until_there_is_room(
    file: GatedFile, drops: Drops, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagnostics.forget()
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.01)
    file.full = True
    file.gate.set()
    writer = Writer(file, drops)
    for number in range(3):
        writer.put(b"%d\n" % number)
    assert writer.flush(5)
    assert file.path.read_bytes() == b"0\n1\n2\n"


def test_a_stop_writes_what_waits_and_later_lines_are_counted(file: GatedFile, drops: Drops) -> None:
    file.gate.set()
    writer = Writer(file, drops)
    writer.put(b"1\n")
    writer.stop(time.monotonic() + 5)
    assert writer.flush(5)
    for thread in threading.enumerate():
        if thread.name == "deskwatch-logs" and thread is writer._thread:
            thread.join(5)
    writer.put(b"2\n")
    assert file.path.read_bytes() == b"1\n"
    assert drops.read()[DropReason.CLOSED] == 1


def test_a_stop_with_a_disk_that_hangs_ends_at_its_deadline(file: GatedFile, drops: Drops) -> None:
    writer = Writer(file, drops)
    writer.put(b"1\n")
    assert file.reached.wait(5)
    began = time.monotonic()
    writer.stop(began + 0.05)
    assert not writer.flush(0.05)
    assert time.monotonic() - began < 1
    file.gate.set()


def test_a_child_begins_with_an_empty_queue(file: GatedFile, drops: Drops) -> None:
    writer = Writer(file, drops)
    writer.put(b"the parent's\n")
    assert file.reached.wait(5)
    writer.put(b"the parent's too\n")
    parents = writer._thread
    writer.after_fork()
    assert writer.flush(0)
    file.gate.set()
    writer.put(b"the child's\n")
    assert writer.flush(5)
    assert writer._thread is not parents
    assert b"the parent's too\n" not in file.path.read_bytes()


def test_no_thread_runs_before_the_first_line(file: GatedFile, drops: Drops) -> None:
    assert Writer(file, drops)._thread is None
