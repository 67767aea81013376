"""Samples in memory only."""

from __future__ import annotations

from deskwatch.model import Clock
from deskwatch.server.storage.samples import SampleStore


class MemoryStorage(SampleStore):
    """A store of samples without a file.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
