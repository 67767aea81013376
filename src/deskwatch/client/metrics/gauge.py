"""A number that goes up and down."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from deskwatch.client import untrusted
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import number_text, series_prefix

Merge = Literal["newest", "sum", "min", "max"]
"""How the values of several live processes become one."""


class Gauge:
    """One series of a gauge, with its labels bound.

    ``set`` only keeps the reference: whether it is a number is asked at the next read, so that a tick pays for
    one store. What is no number is then dropped and counted, and the last good value stands.

    Threads: ``set`` is one store; ``inc`` and ``dec`` are exact as long as only numbers were set.
    """

    __slots__ = ("_drops", "_good", "_prefix", "_value")

    def __init__(self, name: str, labels: str, drops: Drops) -> None:
        self._prefix = series_prefix(name, labels)
        self._drops = drops
        self._good = 0.0
        self._value: float | Decimal = 0.0

    def set(self, value: float | Decimal) -> None:
        """Set the value; NaN and infinities are values too. A Decimal is taken as well."""
        self._value = value

    def inc(self, amount: float = 1.0) -> None:
        """Add ``amount``; what is no number is dropped and counted."""
        step = untrusted.number(amount)
        if step is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
            return
        try:
            self._value += step  # type: ignore[operator]
        except Exception:  # noqa: BLE001  (what was set before was no float; a hostile one may raise anything)
            self._value = self.read() + step

    def dec(self, amount: float = 1.0) -> None:
        """Subtract ``amount``; what is no number is dropped and counted."""
        step = untrusted.number(amount)
        if step is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
        else:
            self.inc(-step)

    def read(self) -> float:
        """Return the last value set that was a number."""
        raw: object = self._value
        value = untrusted.number(raw)
        if value is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
            if self._value is raw:
                self._value = self._good
            return self._good
        self._good = value
        return value

    def write(self, lines: list[str]) -> None:
        """Append the series' line of the text format."""
        lines.append(self._prefix + number_text(self.read()))

    def after_fork(self) -> None:
        """Go on from the parent's value; a gauge holds no lock."""
