"""What deskwatch itself measures of a bot, as series; they exist for a bot that is not instrumented at all."""

from __future__ import annotations

from deskwatch.model import METRIC_NAME, Labels, Scrape
from deskwatch.server.supervise.process_tree import TreeUsage
from deskwatch.server.supervise.state import BotState

_SINGLE = (
    "bot_up",
    "bot_process_cpu_seconds_total",
    "bot_process_resident_memory_bytes",
    "bot_restarts_total",
)


class BotSeries:
    """Makes the scrape of one bot, always with the same layout."""

    def __init__(self, bot: str) -> None:
        self._source = f"bot:{bot}"
        single = (Labels({METRIC_NAME: name, "bot": bot}) for name in _SINGLE)
        states = (Labels({METRIC_NAME: "bot_state", "bot": bot, "state": state.value}) for state in BotState)
        self._layout = (*single, *states)

    def scrape(self, now_ms: int, state: BotState, usage: TreeUsage, restarts: int) -> Scrape:
        """Return the series now; ``bot_state`` is 1 for the state that holds and 0 for the others."""
        values = [float(state.is_up), usage.cpu_seconds, float(usage.resident_memory_bytes), float(restarts)]
        values += [float(state is one) for one in BotState]
        return Scrape(self._source, now_ms, self._layout, values)
