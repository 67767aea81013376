"""A real file: followed, cut, rotated while it is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deskwatch.server.logs import Capture, LogBook, Rotation, Tail, log_path, read_end
from deskwatch.testing import ManualClock


def write(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_only_whole_lines_are_read_and_each_once(tmp_path):
    path = tmp_path / "x.log"
    tail = Tail(path)
    assert tail.poll() == []
    write(path, b"one\ntw")
    assert tail.poll() == ["one"]
    write(path, b"o\n")
    assert tail.poll() == ["two"]
    assert tail.poll() == []


def test_a_line_without_end_is_cut_and_the_next_is_whole(tmp_path):
    path = tmp_path / "x.log"
    tail = Tail(path)
    write(path, b"x" * 40_000)
    assert tail.poll() == ["x" * 16_384]
    write(path, b"y" * 40_000)
    assert tail.poll() == []
    write(path, b"end\nnext\n")
    assert tail.poll() == ["next"]


def test_an_emptied_file_is_read_from_its_beginning(tmp_path):
    path = tmp_path / "x.log"
    tail = Tail(path)
    write(path, b"a long first line\n")
    tail.poll()
    path.write_bytes(b"new\n")
    assert tail.poll() == ["new"]


def test_a_restart_finds_the_last_lines_and_goes_on_behind_them(tmp_path):
    path = log_path(tmp_path, "demo")
    path.parent.mkdir()
    write(path, b"ERROR old\nolder is fine\nunfin")
    book = LogBook(ManualClock())
    capture = Capture("demo", path, book, ManualClock(), retention_ms=1)
    write(path, b"ished\n")
    assert capture.poll() == 1
    assert [line.text for line in book.last("demo", 9)] == ["ERROR old", "older is fine", "unfinished"]
    assert sum(book.scrape("demo", 0).values) == 1


def numbered(start: int, count: int) -> bytes:
    return b"".join(b"%07d %s\n" % (n, b"x" * 91) for n in range(start, start + count))  # 100 bytes a line


def numbers_in(path: Path) -> list[int]:
    return [int(line[:7]) for line in path.read_bytes().lstrip(b"\0").splitlines()]


def test_rotation_loses_and_doubles_no_line_under_an_open_writer(tmp_path):
    path = tmp_path / "x.log"
    writer = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    rotation = Rotation(path, rotate_bytes=100_000, keep_bytes=20_000)
    tail, seen = Tail(path), []
    for step in range(10):
        os.write(writer, numbered(step * 500, 500))
        seen += [int(text[:7]) for text in tail.poll()]
        rotation.step()
        rotation = Rotation(path, rotate_bytes=100_000, keep_bytes=20_000)  # as after a restart
    os.close(writer)
    archives = rotation.archives()
    assert len(archives) >= 3
    everything = [n for file in archives for n in numbers_in(file)]
    held = [n for n in numbers_in(path) if n > everything[-1]]
    assert everything + held == list(range(5000))
    assert seen == list(range(5000))


def test_rotation_gives_the_disk_back(tmp_path):
    path = tmp_path / "x.log"
    write(path, numbered(0, 10_000))
    Rotation(path, rotate_bytes=100_000, keep_bytes=20_000).step()
    if path.stat().st_blocks * 512 > 500_000:
        pytest.skip(f"the file system of {tmp_path} has no holes")
    assert path.stat().st_size == 1_000_000
    assert path.stat().st_blocks * 512 < 40_000
    lines, offset = read_end(path, 5)
    assert [int(text[:7]) for text in lines] == list(range(9995, 10_000))
    assert offset == 1_000_000


def test_old_archives_go_and_rotation_still_knows_where_it_was(tmp_path):
    path = tmp_path / "x.log"
    write(path, numbered(0, 2000))
    (first,) = [Rotation(path, rotate_bytes=100_000, keep_bytes=20_000).step()]
    assert first is not None
    os.utime(first, (1, 1))
    rotation = Rotation(path, rotate_bytes=100_000, keep_bytes=20_000)
    assert rotation.expire(before_ms=2000) == 1
    write(path, numbered(2000, 2000))
    second = Rotation(path, rotate_bytes=100_000, keep_bytes=20_000).step()
    assert second is not None
    assert numbers_in(second)[0] in range(1700, 1801)
    assert second.stat().st_size < 250_000
