"""A number that only goes up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from deskwatch.client import untrusted
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import number_text, series_prefix

MAX_FLOAT: Final = 1.7976931348623157e308  # sys.float_info.max: everything up to it is finite


class Inc(Protocol):
    """How a counter is raised."""

    def __call__(self, amount: float = 1.0) -> None:
        """Add ``amount``, by default 1; what is negative or no finite number is dropped and counted."""
        ...


class Counter:
    """One series of a counter, with its labels bound.

    Attributes:
        inc: Adds, see ``Inc``. It is a function with the sum in a cell of its own: a tenth cheaper than a method.
        read: Returns the sum so far.

    Threads: ``inc`` is exact from any number of threads, see ``metrics.cell``; it never raises and never blocks.
    """

    __slots__ = ("_prefix", "inc", "read")

    inc: Inc
    read: Callable[[], float]

    def __init__(self, name: str, labels: str, drops: Drops) -> None:
        self._prefix = series_prefix(name, labels)
        self.inc, self.read = _sum(drops)

    def write(self, lines: list[str]) -> None:
        """Append the series' line of the text format."""
        lines.append(self._prefix + number_text(self.read()))

    def after_fork(self) -> None:
        """Go on from the parent's count; a counter holds no lock."""


def usable_step(amount: object, drops: Drops) -> float:
    """Return what is to be added, which is 0 for what cannot be, after counting it."""
    step = untrusted.number(amount)
    if step is None:
        drops.count(DropReason.NOT_A_NUMBER)
    elif step < 0:
        drops.count(DropReason.NEGATIVE)
    elif step <= MAX_FLOAT:
        return step
    else:
        drops.count(DropReason.NOT_FINITE)
    return 0.0


def _sum(drops: Drops) -> tuple[Inc, Callable[[], float]]:
    value = 0.0

    def inc(amount: float = 1.0) -> None:
        nonlocal value
        # What is to be added is computed on a line before: no call may come between the read and the write.
        try:
            if amount == 1.0:  # two floats are compared in one instruction; a hostile object may raise here
                value += 1.0
            elif type(amount) is float and 0.0 <= amount <= MAX_FLOAT:
                value += amount
            else:
                step = usable_step(amount, drops)
                value += step
        except Exception:  # noqa: BLE001  (what cannot be compared may still be a number)
            step = usable_step(amount, drops)
            value += step

    def read() -> float:
        return value

    return inc, read
