"""A number that only goes up."""

from __future__ import annotations

from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import number_text, series_prefix

_ONE: Final = 1.0
_MAX_FLOAT: Final = 1.7976931348623157e308  # sys.float_info.max: everything up to it is finite


class Counter:
    """One series of a counter, with its labels bound.

    Threads: ``inc`` is exact from any number of threads, see ``metrics.cell``; it never raises and never blocks.
    """

    __slots__ = ("_drops", "_prefix", "_value")

    def __init__(self, name: str, labels: str, drops: Drops) -> None:
        self._prefix = series_prefix(name, labels)
        self._drops = drops
        self._value = 0.0

    def inc(self, amount: float = _ONE) -> None:
        """Add ``amount``, by default 1; what is negative or no finite number is dropped and counted."""
        if amount is _ONE:  # tested by identity: the call without an argument is the hot one
            self._value += 1.0
        elif type(amount) is float and 0.0 <= amount <= _MAX_FLOAT:
            self._value += amount
        else:
            self._inc_unusual(amount)

    def _inc_unusual(self, amount: object) -> None:
        step = untrusted.number(amount)
        if step is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
        elif step < 0:
            self._drops.count(DropReason.NEGATIVE)
        elif step <= _MAX_FLOAT:
            self._value += step
        else:
            self._drops.count(DropReason.NOT_FINITE)

    def read(self) -> float:
        """Return the sum so far."""
        return self._value

    def write(self, lines: list[str]) -> None:
        """Append the series' line of the text format."""
        lines.append(self._prefix + number_text(self._value))

    def after_fork(self) -> None:
        """Go on from the parent's count; a counter holds no lock."""
