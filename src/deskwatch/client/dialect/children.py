"""What a recorder holds in its hand when its metric has another name, another unit, several names, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from deskwatch.client import untrusted
from deskwatch.client.series import AnySeries

ValueT = TypeVar("ValueT")


class Ignored:
    """Stands for a series that the dialect does not have: takes everything, keeps nothing."""

    __slots__ = ()

    def inc(self, amount: object = 1.0) -> None:
        """Forget it."""

    def dec(self, amount: object = 1.0) -> None:
        """Forget it."""

    def set(self, value: object) -> None:
        """Forget it."""

    def observe(self, value: object) -> None:
        """Forget it."""


IGNORED: Final = Ignored()


def in_unit(value: ValueT, factor: float = 1.0, per: float = 1.0) -> float | ValueT:
    """Return a number in another unit; what is no number comes back as it is, for the series to count."""
    number = untrusted.number(value)
    return value if number is None else number * factor / per


class Scaled:
    """One series whose numbers are in another unit.

    Args:
        child: The series that is exposed.
        factor: What a number is multiplied by.
        per: What it is divided by. Both are kept, because a division by 1000 is exact where the factor 0.001 is not.
    """

    __slots__ = ("_child", "_factor", "_per")

    def __init__(self, child: AnySeries, factor: float, per: float) -> None:
        self._child = child
        self._factor = factor
        self._per = per

    def inc(self, amount: float = 1.0) -> None:
        """Add to it."""
        self._child.inc(in_unit(amount, self._factor, self._per))

    def dec(self, amount: float = 1.0) -> None:
        """Subtract from it."""
        self._child.dec(in_unit(amount, self._factor, self._per))

    def set(self, value: float) -> None:
        """Set it."""
        if type(value) is float:
            self._child.set(value * self._factor / self._per)
        else:
            self._child.set(in_unit(value, self._factor, self._per))

    def observe(self, value: float) -> None:
        """Record one value."""
        if type(value) is float:
            self._child.observe(value * self._factor / self._per)
        else:
            self._child.observe(in_unit(value, self._factor, self._per))


class FanOut:
    """Several series that are fed alike.

    Args:
        children: The series that are exposed.
    """

    __slots__ = ("_children",)

    def __init__(self, children: Sequence[AnySeries]) -> None:
        self._children = tuple(children)

    def inc(self, amount: float = 1.0) -> None:
        """Add to each."""
        for child in self._children:
            child.inc(amount)

    def dec(self, amount: float = 1.0) -> None:
        """Subtract from each."""
        for child in self._children:
            child.dec(amount)

    def set(self, value: float) -> None:
        """Set each."""
        for child in self._children:
            child.set(value)

    def observe(self, value: float) -> None:
        """Record one value on each."""
        for child in self._children:
            child.observe(value)


def joined(children: Sequence[AnySeries]) -> AnySeries:
    """Return one thing to record on; a single series is that series itself, so that it costs nothing more."""
    if not children:
        return IGNORED
    return children[0] if len(children) == 1 else FanOut(children)
