from __future__ import annotations

import gc
import sys
import threading

import pytest

from deskwatch.client.metrics.inlet import WIRES, Inlet, without_wires
from deskwatch.client.metrics.plain_inlet import PlainInlet, open_inlet, runs_finalisers_at_once


class Keeper:
    """Takes what is full."""

    def __init__(self, size: int, kind: type[Inlet | PlainInlet] = Inlet) -> None:
        self.batches: list[list[object]] = []
        self.inlet = kind(size, self.keep)

    def keep(self) -> None:
        batch = self.inlet.take()
        assert batch is not None
        self.batches.append(without_wires(batch))

    def rest(self) -> list[object]:
        self.inlet.swap()
        found = []
        while (batch := self.inlet.take()) is not None:
            found += without_wires(batch)
        return found


@pytest.fixture(params=[Inlet, PlainInlet])
def keeper(request: pytest.FixtureRequest) -> Keeper:
    return Keeper(10, request.param)


def test_a_batch_is_handed_on_by_the_value_that_was_one_too_many(keeper: Keeper) -> None:
    for value in range(9):
        keeper.inlet.put(value)
    assert keeper.batches == []
    for value in range(9, 35):
        keeper.inlet.put(value)
    assert keeper.batches == [list(range(10)), list(range(10, 20)), list(range(20, 30))]
    assert keeper.rest() == list(range(30, 35))


@pytest.mark.parametrize("every", [1, 3, 9, 10, 11])
def test_looking_in_between_loses_nothing_and_says_nothing_twice(keeper: Keeper, every: int) -> None:
    found: list[object] = []
    for value in range(200):
        keeper.inlet.put(value)
        if value % every == 0:
            while keeper.batches:
                found += keeper.batches.pop(0)
            found += keeper.rest()
    assert [*found, *(value for batch in keeper.batches for value in batch), *keeper.rest()] == list(range(200))


def test_a_batch_that_is_put_back_is_taken_again(keeper: Keeper) -> None:
    keeper.inlet.put("a")
    keeper.inlet.swap()
    batch = keeper.inlet.take()
    assert batch is not None
    keeper.inlet.put_back(batch)
    assert keeper.rest() == ["a"]


def test_looking_often_does_not_fill_it_with_wires(keeper: Keeper) -> None:
    for _ in range(1_000):
        keeper.rest()
    assert len(keeper.inlet) == (WIRES if type(keeper.inlet) is Inlet else 0)
    assert keeper.batches == []


def test_a_closed_inlet_takes_values_and_hands_on_none(keeper: Keeper) -> None:
    keeper.inlet.close()
    for value in range(100):
        keeper.inlet.put(value)
    assert keeper.batches == []
    assert len(keeper.inlet) <= 10 + WIRES


def test_garbage_that_runs_code_in_the_middle_loses_nothing() -> None:
    """CPython 3.11 may collect garbage where the chain makes an object; here each such place does."""
    keeper = Keeper(10)
    extra: list[int] = []

    class Garbage:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            extra.append(len(extra))
            keeper.inlet.put(("extra", len(extra)))

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for value in range(2_000):
            Garbage()
            keeper.inlet.put(value)
    finally:
        gc.set_threshold(*before)
    gc.collect()
    found = [value for batch in keeper.batches for value in batch] + keeper.rest()
    assert sorted(value for value in found if isinstance(value, int)) == list(range(2_000))
    assert len(found) == 2_000 + len(extra)
    assert len(extra) == 2_000


def test_threads_lose_no_value_in_the_plain_one_either() -> None:
    keeper = Keeper(64, PlainInlet)
    keeper.inlet = PlainInlet(64, lambda: None)
    threads = [threading.Thread(target=lambda: [keeper.inlet.put(1) for _ in range(20_000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keeper.rest()) == 160_000


def test_the_fast_one_is_for_interpreters_that_run_finalisers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs_finalisers_at_once()
    assert type(open_inlet(10, lambda: None)) is Inlet
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)  # there is no such interpreter here
    assert type(open_inlet(10, lambda: None)) is PlainInlet
