"""What stands between a due group and its message: an ordered list of stages, each of which may hold it back."""

from __future__ import annotations

from typing import Protocol

from deskwatch.server.alerting.dispatch.group import Flush


class MuteStage(Protocol):
    """May hold a flush back."""

    name: str
    """The stage in metrics."""

    async def mutes(self, flush: Flush) -> bool:
        """Say whether the flush is not to be told now."""
        ...
