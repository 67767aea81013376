from __future__ import annotations

from pathlib import Path

import pytest

from deskwatch.client.metrics.processes.slot import Slot, cell_path, number_of, sweep


def test_the_lowest_free_number_is_taken(tmp_path: Path) -> None:
    first, second, third = (Slot(tmp_path / "made") for _ in range(3))
    assert [slot.number for slot in (first, second, third)] == [0, 1, 2]
    second.close()
    assert Slot(tmp_path / "made").number == 1
    assert Slot(tmp_path / "made").number == 3


def test_gauges_go_with_their_process_and_counters_stay(tmp_path: Path) -> None:
    slot = Slot(tmp_path)
    gauge, counter, other = (
        cell_path(tmp_path, prefix, number)
        for prefix, number in [("gauge_livesum", 0), ("counter", 0), ("gauge_livesum", 10)]
    )
    for path in (gauge, counter, other):
        path.touch()
    assert sweep(tmp_path, 0)
    assert gauge.exists()
    slot.close()
    assert not sweep(tmp_path, 0)
    assert [path.exists() for path in (gauge, counter, other)] == [False, True, True]


def test_who_takes_a_number_throws_the_gauges_of_the_dead_away(tmp_path: Path) -> None:
    gauge = cell_path(tmp_path, "gauge_livemostrecent", 0)
    gauge.touch()
    Slot(tmp_path)
    assert not gauge.exists()


def test_a_number_that_nobody_ever_had_is_not_held(tmp_path: Path) -> None:
    assert not sweep(tmp_path, 5)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("counter_deskwatch-12.db", 12),
        ("gauge_livesum_deskwatch-0.db", 0),
        ("counter_123.db", None),
        ("counter_deskwatch-12.damaged", None),
        ("counter_deskwatch-x.db", None),
    ],
)
def test_our_files_are_known_by_their_names(name: str, number: int | None) -> None:
    assert number_of(name) == number
