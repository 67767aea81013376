"""All series of one metric: a child for each set of label values, up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from deskwatch.client import untrusted
from deskwatch.client.metrics.declare import Declared
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import header

OVERFLOW = "overflow"
"""The value of every label of the one series that takes what is beyond the limit."""


class Child(Protocol):
    """One series, whatever its kind."""

    def write(self, lines: list[str]) -> None:
        """Append the series' lines of the text format."""
        ...

    def after_fork(self) -> None:
        """Start afresh in a forked child."""
        ...


ChildT = TypeVar("ChildT", bound=Child)


class Room(Protocol):
    """Who says whether a metric may have one more series."""

    def take_room(self, name: str, label_sets: int) -> bool:
        """Take the place of one more series of a metric that has so many, or say that there is none."""
        ...


class Family(Generic[ChildT]):
    """A metric with labels: ``labels`` gives the series to record on.

    Args:
        declared: The metric.
        make: Makes the child of some label values.
        room: Says whether one more series may be made.
        drops: Counts what was recorded beyond the limit.
    """

    __slots__ = ("_children", "_declared", "_drops", "_make", "_room", "documentation", "kind", "label_names", "name")

    def __init__(
        self, declared: Declared, *, make: Callable[[tuple[str, ...]], ChildT], room: Room, drops: Drops
    ) -> None:
        self._declared = declared
        self.name = declared.name
        self.documentation = declared.documentation
        self.kind = declared.kind
        self.label_names = declared.label_names
        self._make = make
        self._room = room
        self._drops = drops
        self._children: dict[tuple[str, ...], ChildT] = {}

    def labels(self, *values: object, **named: object) -> ChildT:
        """Return the series with these label values, by position or by name.

        Bind once outside the loop and keep the result. Wrong labels do not raise: they are counted, and the
        overflow series is returned.
        """
        try:
            return self._children[values or tuple([named[name] for name in self.label_names])]  # type: ignore[index]
        except Exception:  # noqa: BLE001  (not there yet, not named, or a hostile __hash__)
            return self._bind(values, named)

    def _bind(self, values: tuple[object, ...], named: dict[str, object]) -> ChildT:
        key = self._key(values, named)
        if key is None:
            self._drops.count(DropReason.LABELS)
            return self._overflow_child()
        child = self._children.get(key)
        if child is not None:
            return child
        if not self._room.take_room(self.name, len(self._children)):
            self._drops.count(DropReason.LABEL_SETS)
            return self._overflow_child()
        return self._child(key)

    def _key(self, values: tuple[object, ...], named: dict[str, object]) -> tuple[str, ...] | None:
        if not values and set(named) == set(self.label_names):
            values = tuple([named[name] for name in self.label_names])
        elif named or len(values) != len(self.label_names):
            return None
        texts = [untrusted.text(value) for value in values]
        key = tuple([text for text in texts if text is not None])
        return key if len(key) == len(texts) else None

    def _overflow_child(self) -> ChildT:
        key = (OVERFLOW,) * len(self.label_names)
        return self._children.get(key) or self._child(key)

    def _child(self, key: tuple[str, ...]) -> ChildT:
        # setdefault is atomic: of two threads that bind the same labels at once both get the same child.
        return self._children.setdefault(key, self._make(key))

    def only(self) -> ChildT:
        """Return the one series of a metric without labels."""
        return self._children.get(()) or self._child(())

    def __iter__(self) -> Iterator[ChildT]:
        return iter(list(self._children.values()))

    def write(self, lines: list[str]) -> None:
        """Append the family's lines of the text format; a family without series is left out."""
        children = list(self._children.values())
        if not children:
            return
        lines.append(header(self._declared))
        for child in children:
            child.write(lines)
