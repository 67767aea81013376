from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_fakes import ManualSeconds
from deskwatch.client.logs import Rotation
from deskwatch.client.logs.archive import archives
from deskwatch.client.logs.file import LogFile

DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.log"


@pytest.fixture
def clock(path: Path) -> ManualSeconds:
    """A clock that stands where the file system's does, which stamps the files."""
    path.touch()
    return ManualSeconds(path.stat().st_mtime)


@pytest.fixture
def file(path: Path, clock: ManualSeconds) -> Iterator[LogFile]:
    made = LogFile(path, Rotation(max_bytes=10, compress=False), clock)
    yield made
    made.close()


def parts(path: Path) -> list[bytes]:
    return [part.read_bytes() for part in [*archives(path), path]]


def test_a_file_is_moved_away_before_it_grows_too_large(path: Path, file: LogFile) -> None:
    for line in (b"12345678\n", b"1\n", b"2\n"):
        file.append(line)
    assert parts(path) == [b"12345678\n", b"1\n2\n"]


def test_a_batch_larger_than_the_limit_is_written_whole(path: Path, file: LogFile) -> None:
    file.append(b"a line that is longer than the file may be\n")
    assert parts(path) == [b"a line that is longer than the file may be\n"]


def test_the_first_line_of_a_day_begins_a_file(path: Path, file: LogFile, clock: ManualSeconds) -> None:
    file.append(b"1\n")
    clock.now += DAY
    file.append(b"2\n")
    assert parts(path) == [b"1\n", b"2\n"]


def test_without_rotation_the_file_only_grows(path: Path, clock: ManualSeconds) -> None:
    file = LogFile(path, None, clock)
    for _ in range(3):
        file.append(b"12345678\n")
        clock.now += DAY
    file.close()
    assert parts(path) == [b"12345678\n" * 3]


def test_a_file_that_somebody_else_moved_away_is_followed_by_a_new_one(path: Path, file: LogFile) -> None:
    file.append(b"1\n")
    path.rename(path.with_name("elsewhere"))
    file.append(b"2\n")
    assert path.read_bytes() == b"2\n"


def test_a_directory_that_vanished_is_made_again(tmp_path: Path, clock: ManualSeconds) -> None:
    path = tmp_path / "logs" / "bot.log"
    file = LogFile(path, None, clock)
    file.open()
    path.with_name(".bot.log.lock").unlink()
    path.unlink()
    path.parent.rmdir()
    file.append(b"1\n")
    file.close()
    assert path.read_bytes() == b"1\n"


def test_half_a_line_that_a_dead_process_left_does_not_swallow_the_next(path: Path, file: LogFile) -> None:
    path.write_bytes(b'{"ha')
    file.append(b"1\n")
    assert path.read_bytes() == b'{"ha\n1\n'


def test_a_full_disk_leaves_no_half_line(path: Path, file: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock, because a disk that is full after two bytes is not to be had without root."""
    write, room = os.write, [2]

    def filling(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: room.pop()])

    file.append(b"1\n")
    monkeypatch.setattr(os, "write", filling)
    with pytest.raises(OSError, match="No space"):
        file.append(b"2345\n")
    monkeypatch.undo()
    assert path.read_bytes() == b"1\n"
    file.append(b"2345\n")
    assert path.read_bytes() == b"1\n2345\n"


def test_what_was_left_unpacked_is_seen_to_when_the_file_is_opened(path: Path, clock: ManualSeconds) -> None:
    path.with_name("bot.log.20261120T000000.000000Z").write_bytes(b"1\n")
    file = LogFile(path, Rotation(max_age_days=36_500), clock)
    file.open()
    assert file.archivist is not None
    file.archivist.wait(5.0)
    file.close()
    assert [part.suffix for part in archives(path)] == [".gz"]
