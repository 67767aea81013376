"""Keep recorders by their labels, so that a call pays for one look-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from deskwatch.client import untrusted
from deskwatch.client.metrics.registry import MAX_LABEL_SETS

RecorderT = TypeVar("RecorderT")

UNNAMED: Final = "unnamed"
"""The label of what has a name that is no text, or an empty one."""


class Bound(Generic[RecorderT]):
    """Recorders by their labels; beyond the limit of a metric each call makes one anew, and the metric overflows.

    Args:
        make: Makes the recorder of these labels.
    """

    def __init__(self, make: Callable[..., RecorderT]) -> None:
        self._make = make
        self._made: dict[tuple[object, ...], RecorderT] = {}

    def get(self, *labels: object) -> RecorderT:
        """Return the recorder; labels may be anything, and are counted under what they read as."""
        try:
            return self._made[labels]
        except Exception:  # noqa: BLE001  (not there yet, or a hostile __hash__)
            return self._bind(labels)

    def _bind(self, labels: tuple[object, ...]) -> RecorderT:
        names = tuple([untrusted.text(label) or UNNAMED for label in labels])
        recorder = self._made.get(names)
        if recorder is None:
            recorder = self._make(*names)
            if len(self._made) < MAX_LABEL_SETS:
                recorder = self._made.setdefault(names, recorder)
        return recorder
