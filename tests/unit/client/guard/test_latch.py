from __future__ import annotations

from pathlib import Path

import pytest

from deskwatch.client.guard import GuardState, LatchState, latch

HALTED = LatchState(GuardState.HALTED, 3, "max_drawdown", "too deep", 0.16, 0.15, 1_641_000_000_000)
OPEN = LatchState(epoch=3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = latch.path_in(tmp_path / "state", "a/b")
    latch.prepare(path)
    return path


def copy_of(path: Path) -> Path:
    return path.with_name(path.name + ".copy")


def test_a_name_cannot_leave_the_directory(tmp_path: Path) -> None:
    assert latch.path_in(tmp_path, "../../x").parent == tmp_path


def test_nothing_on_disk_means_never_tripped(path: Path) -> None:
    assert latch.read(path) == LatchState()


def test_what_was_written_is_read(path: Path) -> None:
    latch.write(path, HALTED)
    assert latch.read(path) == HALTED


def test_only_its_owner_can_read_it(path: Path) -> None:
    latch.write(path, HALTED)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("which", [lambda path: path, copy_of])
@pytest.mark.parametrize("stored", [HALTED, OPEN])
def test_a_deleted_file_reads_as_halted(path: Path, which: object, stored: LatchState) -> None:
    latch.write(path, stored)
    which(path).unlink()  # type: ignore[operator]
    assert latch.read(path).state is GuardState.HALTED


@pytest.mark.parametrize("which", [lambda path: path, copy_of])
def test_every_truncation_and_every_flipped_bit_reads_as_halted(path: Path, which: object) -> None:
    latch.write(path, OPEN)
    victim: Path = which(path)  # type: ignore[operator]
    good = victim.read_bytes()
    bad = [good[:length] for length in range(len(good))]
    bad += [good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :] for i in range(len(good)) if good[i : i + 1].strip()]
    for content in bad:
        victim.write_bytes(content)
        assert latch.read(path).state is GuardState.HALTED, content


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"[]", b"{}", b"null", b'{"checksum": 1}', b"\xff" * 10, b"[" * 9999]
)
def test_garbage_reads_as_halted(path: Path, content: bytes) -> None:
    latch.write(path, OPEN)
    path.write_bytes(content)
    assert (latch.read(path).state, latch.read(path).limit) == (GuardState.HALTED, "latch")


def test_a_directory_in_its_place_reads_as_halted(path: Path) -> None:
    path.mkdir()
    assert latch.read(path).state is GuardState.HALTED


def test_a_trip_of_which_only_half_was_written_is_a_trip(path: Path) -> None:
    latch.write(path, OPEN)
    latch._write_file(path, HALTED)
    assert latch.read(path) == HALTED


def test_a_reset_of_which_only_half_was_written_is_no_reset(path: Path) -> None:
    latch.write(path, HALTED)
    latch._write_file(copy_of(path), LatchState(epoch=4))
    assert latch.read(path).state is GuardState.HALTED
    assert latch.reset(path, "looked", 5).epoch == 5


def test_a_reset_opens_with_the_next_epoch_and_keeps_its_reason(path: Path) -> None:
    latch.write(path, HALTED)
    latch.reset(path, " size halved ", 7)
    assert latch.read(path) == LatchState(epoch=4, reason="size halved", ts_ms=7)


def test_a_reset_opens_what_was_damaged(path: Path) -> None:
    latch.write(path, HALTED)
    path.write_bytes(b"garbage")
    assert latch.reset(path, "looked", 1).epoch == 4
    assert latch.read(path).state is GuardState.ACTIVE


def test_a_reset_without_a_reason_is_refused(path: Path) -> None:
    latch.write(path, HALTED)
    with pytest.raises(ValueError, match="reason"):
        latch.reset(path, "  ", 1)
    assert latch.read(path) == HALTED
