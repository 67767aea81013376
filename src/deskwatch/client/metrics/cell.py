"""The smallest counter: one slot, one addition.

Threads: ``self._value += step`` on exact ints or floats runs between two checks of CPython's eval loop, so no
         other thread can come between its read and its write. That holds for CPython with the GIL, 3.11 to
         3.14; it is how the interpreter is built, not a promise of the language. tests/unit/client holds it
         to the last count under 16 threads. A free-threaded build needs a cell a thread instead.
Source:  https://github.com/python/cpython/blob/3.11/Python/ceval.c (CHECK_EVAL_BREAKER: calls and back jumps only)
"""

from __future__ import annotations


class Tally:
    """Counts whole events."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value = 0

    def add(self, times: int = 1) -> None:
        """Add to the count."""
        self._value += times

    def read(self) -> int:
        """Return the count."""
        return self._value
