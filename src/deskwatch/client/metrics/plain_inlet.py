"""The same as ``inlet`` by plain Python: three times slower, and right on any interpreter.

Taken where finalisers do not run at once or threads run at the same time: another Python than CPython, or one without
the GIL.

Threads: putting is one append. Who fills a batch cuts it off, unless another is just doing so; nobody waits.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from deskwatch.client.metrics.inlet import Inlet


class PlainInlet:
    """A bounded place for values; see ``Inlet``, whose contract it keeps.

    Args:
        size: How many values make a batch.
        on_full: Called in the thread that filled a batch.
    """

    __slots__ = ("_closed", "_full", "_on_full", "_size", "_swapping", "_values")

    def __init__(self, size: int, on_full: Callable[[], object]) -> None:
        self._size = size
        self._on_full = on_full
        self._values: list[Any] = []
        self._full: list[list[Any]] = []
        self._swapping = threading.Lock()
        self._closed = False

    def put(self, value: object, /) -> None:
        """Take a value, any object; never raises and never blocks."""
        if self._closed:
            return
        values = self._values
        if len(values) >= self._size:
            self.swap()
            self._on_full()
        values.append(value)

    def swap(self) -> None:
        """Have everything that was put until now ready to be taken, unless another thread is doing so."""
        if not self._swapping.acquire(blocking=False):
            return
        try:
            # Two steps and no new list: who appends between them appends behind the batch, and loses nothing.
            batch = self._values[:]
            del self._values[: len(batch)]
            if batch:
                self._full.append(batch)
        finally:
            self._swapping.release()

    def take(self) -> list[Any] | None:
        """Return a batch, or ``None`` when there is none."""
        try:
            return self._full.pop()
        except IndexError:
            return None

    def put_back(self, batch: list[Any]) -> None:
        """Give a batch back that was taken and could not be used."""
        self._full.append(batch)

    def close(self) -> None:
        """Take nothing any more."""
        self._closed = True
        self._values.clear()

    def __len__(self) -> int:
        return len(self._values) + sum(map(len, self._full))


def runs_finalisers_at_once() -> bool:
    """Say whether this interpreter counts references and runs one thread at a time, as ``Inlet`` needs."""
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return sys.implementation.name == "cpython" and bool(has_gil)


def open_inlet(size: int, on_full: Callable[[], object]) -> Inlet | PlainInlet:
    """Return the fastest inlet that is right on this interpreter."""
    return Inlet(size, on_full) if runs_finalisers_at_once() else PlainInlet(size, on_full)
