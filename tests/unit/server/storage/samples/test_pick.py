"""Where series stand in blocks."""

from __future__ import annotations

import numpy as np

from deskwatch.model import Labels
from deskwatch.server.storage.samples.block import Block, is_absent
from deskwatch.server.storage.samples.pick import Columns, Pick

A, B, C, D = (Labels({"__name__": "m", "i": name}) for name in "abcd")


def block(*series: Labels) -> Block:
    made = Block(series)
    for row in range(3):
        made.append(row, series, np.array([10.0 * row + column for column in range(len(series))]), ())
    return made


def test_series_side_by_side_are_read_without_a_copy() -> None:
    held = block(A, B, C)
    cells, has_gaps = Pick([B, C]).cells(held, 1, 3)
    assert (cells.tolist(), has_gaps) == ([[11.0, 21.0], [12.0, 22.0]], False)
    assert np.shares_memory(cells, held.values)


def test_series_in_another_order_are_read_in_the_order_asked_for() -> None:
    assert Pick([C, A]).cells(block(A, B, C), 0, 2)[0].tolist() == [[2.0, 12.0], [0.0, 10.0]]


def test_a_series_that_the_block_lacks_is_absent_in_every_row() -> None:
    cells, has_gaps = Pick([A, D]).cells(block(A, B), 0, 2)
    assert has_gaps
    assert is_absent(cells).tolist() == [[False, False], [True, True]]


def test_only_the_cells_asked_for_make_a_gap() -> None:
    held = block(A, B)
    held.append(3, (A,), np.array([1.0]), ())
    assert Pick([A]).cells(held, 3, 4)[1] is False
    assert Pick([B]).cells(held, 3, 4)[1] is True
    assert Pick([B]).cells(held, 0, 3)[1] is False


def test_a_new_layout_is_looked_up_anew() -> None:
    pick = Pick([A])
    assert pick.cells(block(A, B), 0, 1)[0].tolist() == [[0.0]]
    assert pick.cells(block(B, A), 0, 1)[0].tolist() == [[1.0]]


def test_one_series_is_a_slice() -> None:
    columns = Columns.find(Pick([B]).names, {A: 0, B: 1})
    assert columns.index == slice(1, 2)
