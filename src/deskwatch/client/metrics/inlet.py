"""A place to put values at the cost of ``deque.append``, which hands on full batches and so stays small.

A Python function costs more than all of an append, so ``put`` is the append itself. What calls back when the deque is
full is a trip wire: an object that stands before the values, falls out when the deque has no more room, and has the
batch taken by its finaliser, within the very append that was one too many.

Threads: taking a batch is a chain of calls that run no bytecode, so no other thread can put a value in between. Only
         where an object is made may CPython 3.11 collect garbage, and run anything: all objects are made before the
         copy, and a second wire stands behind the first for a thread that comes at that moment. What is taken is
         whoever's turn it is to ``take``; nothing is lost and nobody waits.
         This needs reference counts and the GIL: CPython, not a free-threaded build.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import Any, Final

from deskwatch.client.metrics.errand import errand, in_a_row

WIRES: Final = 2
_SPENT: Final[tuple[object, ...]] = (bool, (), {}, None)


class _Wire(partial):  # type: ignore[type-arg]
    """Calls when it is dropped."""

    __slots__ = ()
    __del__ = partial.__call__


class Inlet:
    """A bounded place for values.

    Args:
        size: How many values make a batch.
        on_full: Called in the thread that filled a batch; it is to ``take`` one.

    Attributes:
        put: Takes a value, any object; it never raises and never blocks.
    """

    __slots__ = ("_close", "_full", "_swap", "_values", "put")

    def __init__(self, size: int, on_full: Callable[[], object]) -> None:
        values: deque[Any] = deque(maxlen=size + WIRES - 1)
        full: list[list[Any]] = []
        ready: list[_Wire] = []
        on_trip: list[Callable[[], object]] = []
        trip = in_a_row(on_trip)
        make = map(ready.append, iter(partial(_Wire, trip), None)).__next__
        copy = map(full.append, map(list, repeat(values))).__next__
        place = map(values.append, iter(ready.pop, None)).__next__
        swap = [*repeat(make, WIRES), copy, values.clear, *repeat(place, WIRES)]
        on_trip.extend([*swap, *errand(on_full)])
        self._values, self._full = values, full
        self._swap = in_a_row(swap)
        self._close = on_trip.clear
        self.put: Callable[[Any], None] = values.append
        self._swap()

    def swap(self) -> None:
        """Have everything that was put until now ready to be taken."""
        self._swap()

    def take(self) -> list[Any] | None:
        """Return a batch, or ``None`` when there is none; ``without_wires`` has its values."""
        full = self._full
        if not full:
            return None
        batch = full[-1]  # no pop(): behind a call another thread or a signal may come, and the batch would be lost
        del full[-1]
        return batch

    def put_back(self, batch: list[Any]) -> None:
        """Give a batch back that was taken and could not be used."""
        self._full.append(batch)

    def close(self) -> None:
        """Cut the wires; what is put from now on is nobody's, and the oldest falls out."""
        self._close()
        self._values.clear()

    def __len__(self) -> int:
        return len(self._values) + sum(map(len, self._full))


def without_wires(batch: list[Any]) -> list[Any]:
    """Return the values of a batch, whose wires are spent."""
    wires = 0
    while wires < len(batch) and type(batch[wires]) is _Wire:
        batch[wires].__setstate__(_SPENT)
        wires += 1
    del batch[:wires]
    return batch
