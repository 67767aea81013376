from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.mmap_dict import MmapedDict

from deskwatch.client.metrics.processes.cell_file import FIRST_SIZE_BYTES, CellFile, read_keys, used_bytes

KEYS = ["a", "äöü ✓", "b" * 3, "c" * 4, "d" * 5, "e" * 1000]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counter_deskwatch-0.db"


def theirs(path: Path) -> dict[str, float]:
    """Read the file with prometheus-client."""
    return {key: value for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path))}


def test_prometheus_client_reads_what_is_written(path: Path) -> None:
    view, at = CellFile(path).cells(KEYS)
    for number, position in enumerate(at):
        view[position] += number + 0.5
    assert theirs(path) == {key: number + 0.5 for number, key in enumerate(KEYS)}


def test_our_reader_reads_what_prometheus_client_writes(path: Path) -> None:
    written = MmapedDict(str(path))
    for number, key in enumerate(KEYS):
        written.write_value(key, float(number), 7.0)
    written.close()
    data = path.read_bytes()
    doubles = memoryview(data).cast("d")
    read = {key: (doubles[at], doubles[at + 1]) for key, at in read_keys(data, 8, used_bytes(data))}
    assert read == {key: (float(number), 7.0) for number, key in enumerate(KEYS)}


def test_a_cell_from_before_the_file_grew_is_still_the_cell(path: Path) -> None:
    file = CellFile(path)
    view, (at,) = file.cells(["first"])
    many = [f"key-{number:050}" for number in range(2_000)]
    grown, positions = file.cells(many)
    grown[positions[-1]] = 2.0
    view[at] += 1.0
    assert path.stat().st_size > FIRST_SIZE_BYTES
    assert file.cells(["first"]).at == (at,)
    assert theirs(path) == {**dict.fromkeys(many, 0.0), many[-1]: 2.0, "first": 1.0}


def test_an_existing_file_is_gone_on_with(path: Path) -> None:
    for _ in range(2):
        file = CellFile(path)
        view, (at,) = file.cells(["hits"])
        view[at] += 1.0
        file.close()
    assert theirs(path) == {"hits": 2.0}


@pytest.mark.parametrize("garbage", [b"\xff" * 64, b"\x20\0\0\0" + b"\0" * 60, b"\x09\0\0\0\0\0\0\0\1\0\0\0"])
def test_a_damaged_file_is_refused(path: Path, garbage: bytes) -> None:
    path.write_bytes(garbage)
    with pytest.raises(ValueError, match=r"used|fit"):
        CellFile(path)


@given(st.binary(max_size=200), st.integers(-100, 300))
def test_garbage_is_a_value_error_and_nothing_else(data: bytes, end: int) -> None:
    try:
        list(read_keys(data, 8, end))
    except ValueError:
        return
    assert end <= len(data)
