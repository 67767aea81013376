"""Recorders by name, each made once: what ``bind`` hands out.

Threads: of two that bind the same name at once both get the same recorder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from deskwatch.client import untrusted
from deskwatch.client.metrics import DropReason, Drops

UNNAMED: Final = "unnamed"
"""The name of records whose own name was no text; they are counted as drops too."""

RecorderT = TypeVar("RecorderT")


class Bound(Generic[RecorderT]):
    """The recorders of one kind.

    Args:
        make: Makes the recorder of a name.
        limit: How many are kept; one beyond it is made each time it is asked for, and its metrics have limits of
            their own.
        drops: Counts names that cannot be used.
    """

    __slots__ = ("_drops", "_limit", "_make", "_recorders")

    def __init__(self, make: Callable[[str], RecorderT], limit: int, drops: Drops) -> None:
        self._make = make
        self._limit = limit
        self._drops = drops
        self._recorders: dict[str, RecorderT] = {}

    def to(self, name: object) -> RecorderT:
        """Return the recorder of a name."""
        recorder = self._recorders.get(name) if type(name) is str else None
        return recorder if recorder is not None else self._new(name)

    def all(self) -> list[RecorderT]:
        """Return the recorders that are kept."""
        return list(self._recorders.values())

    def _new(self, name: object) -> RecorderT:
        text = untrusted.text(name, untrusted.MAX_NAME_CHARS)
        if not text:
            self._drops.count(DropReason.LABELS)
            text = UNNAMED
        recorder = self._recorders.get(text)
        if recorder is None:
            recorder = self._make(text)
            if len(self._recorders) < self._limit:
                recorder = self._recorders.setdefault(text, recorder)
        return recorder
