"""Count what a guard did: trips by limit, refusals by reason, all from 0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from deskwatch.client.guard.state import Allowed
from deskwatch.client.metrics.cell import Tally

MANUAL_LIMIT: Final = "manual"
"""The name that stands for a limit when a person or the bot's own code pulled the cord."""

COMMAND_LIMIT: Final = "command"
"""The same when the monitor commanded it."""


class GuardCounts:
    """One guard's.

    Args:
        limits: The names of the limits that can trip it.

    Attributes:
        trips: How often each limit tripped it, and the two that stand for none.
        refusals: How many orders it refused, by its answer.
    """

    def __init__(self, limits: Iterable[str]) -> None:
        self.trips = {name: Tally() for name in (*limits, MANUAL_LIMIT, COMMAND_LIMIT)}
        self.refusals = {answer: Tally() for answer in Allowed if answer is not Allowed.YES}

    def refused(self, answer: Allowed) -> Allowed:
        """Count an answer unless it is a yes, and return it."""
        if answer is not Allowed.YES:
            self.refusals[answer].add()
        return answer
