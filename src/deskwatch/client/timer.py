"""Time a block or a function, and hand the seconds to a recording call."""

from __future__ import annotations

from collections.abc import Callable

from deskwatch.client.timing import timed


class _HandsOn:
    """Stands where a histogram would."""

    __slots__ = ("_record",)

    def __init__(self, record: Callable[[float], None]) -> None:
        self._record = record

    def observe(self, value: float) -> None:
        self._record(value)


def timer(record: Callable[[float], None]) -> timed:
    """Return what goes around a block (``with``) or a plain or async function (``@``), and records its seconds."""
    return timed(_HandsOn(record))
