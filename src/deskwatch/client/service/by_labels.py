"""Keep recorders by their labels, so that a call pays for one look-up.

``client.bound`` has one name to a recorder; here are none, one or two, since a series is made when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from deskwatch.client import untrusted
from deskwatch.client.bound import UNNAMED
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.metrics.registry import MAX_LABEL_SETS

RecorderT = TypeVar("RecorderT")


class ByLabels(Generic[RecorderT]):
    """Recorders by their labels; beyond the limit of a metric each call makes one anew, and the metric overflows.

    Args:
        make: Makes the recorder of these labels.
        drops: Counts labels that cannot be used.
    """

    __slots__ = ("_drops", "_made", "_make")

    def __init__(self, make: Callable[..., RecorderT], drops: Drops) -> None:
        self._make = make
        self._drops = drops
        self._made: dict[tuple[object, ...], RecorderT] = {}

    def get(self, *labels: object) -> RecorderT:
        """Return the recorder; labels may be anything, and are counted under what they read as."""
        try:
            return self._made[labels]
        except Exception:  # noqa: BLE001  (not there yet, or a hostile __hash__)
            return self._bind(labels)

    def _bind(self, labels: tuple[object, ...]) -> RecorderT:
        names = tuple([self._text(label) for label in labels])
        recorder = self._made.get(names)
        if recorder is None:
            recorder = self._make(*names)
            if len(self._made) < MAX_LABEL_SETS:
                recorder = self._made.setdefault(names, recorder)
        return recorder

    def _text(self, label: object) -> str:
        text = untrusted.text(label)
        if not text:
            self._drops.count(DropReason.LABELS)
        return text or UNNAMED
