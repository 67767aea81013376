from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from client_fakes import ManualSeconds
from deskwatch.client.logs import Rotation
from deskwatch.client.logs.archive import Archivist, archive_path, archives

DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.log"


def moved_away(path: Path, clock: ManualSeconds, *ages_days: float) -> list[Path]:
    files = [archive_path(path, clock.now - age * DAY) for age in ages_days]
    for file in files:
        file.write_text(f"{file.name}\n")
    return files


def test_a_name_is_never_given_twice(path: Path) -> None:
    first = archive_path(path, 0.0)
    first.touch()
    second = archive_path(path, 0.0)
    Path(f"{second}.gz").touch()
    third = archive_path(path, 0.0)
    assert [first.name, second.name, third.name] == [f"bot.log.19700101T000000.00000{n}Z" for n in range(3)]


def test_files_are_packed_and_keep_what_they_held(path: Path) -> None:
    clock = ManualSeconds()
    (file,) = moved_away(path, clock, 1)
    Archivist(path, Rotation(), clock).tidy()
    (packed,) = archives(path)
    assert packed.name == f"{file.name}.gz"
    assert gzip.decompress(packed.read_bytes()).decode() == f"{file.name}\n"
    assert packed.stat().st_mode & 0o777 == 0o640


def test_the_newest_files_are_kept_and_none_that_is_too_old(path: Path) -> None:
    clock = ManualSeconds()
    moved_away(path, clock, 40, 31, 29, 3, 2, 1)
    Archivist(path, Rotation(max_files=3, compress=False), clock).tidy()
    assert len(archives(path)) == 3
    clock.now += 28.5 * DAY
    Archivist(path, Rotation(max_files=3, compress=False), clock).tidy()
    assert len(archives(path)) == 1


def test_files_that_only_look_alike_are_left_alone(path: Path) -> None:
    clock = ManualSeconds()
    others = [path.with_name(name) for name in ("bot.log", "bot.log.1", "bot.log.old.gz", "bot.log2", "bot.txt")]
    for other in others:
        other.write_text("mine")
    moved_away(path, clock, 50)
    Archivist(path, Rotation(max_files=1), clock).tidy()
    assert archives(path) == []
    assert [other.read_text() for other in others] == ["mine"] * 5


def test_what_a_process_that_died_left_half_packed_is_packed_by_the_next(path: Path) -> None:
    clock = ManualSeconds()
    half, done = moved_away(path, clock, 2, 1)
    Path(f"{half}.gz.tmp").write_bytes(b"half")
    Path(f"{done}.gz").write_bytes(gzip.compress(b"packed whole\n"))
    Archivist(path, Rotation(), clock).tidy()
    texts = [gzip.decompress(file.read_bytes()).decode() for file in archives(path)]
    assert texts == [f"{half.name}\n", "packed whole\n"]
    assert not list(path.parent.glob("*.tmp"))


def test_asked_in_the_background_it_works_until_nothing_is_left(path: Path) -> None:
    clock = ManualSeconds()
    archivist = Archivist(path, Rotation(), clock)
    moved_away(path, clock, 2, 1)
    archivist.begin()
    archivist.begin()
    archivist.wait(5.0)
    assert {file.suffix for file in archives(path)} == {".gz"}
