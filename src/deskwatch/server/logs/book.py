"""The newest lines of every bot, for the page, for messages, and for the count by level.

Way:     capture, and log records of the client -> [book] -> api, alerting (the last lines of a message).
Time:    a line has the time at which it was read, wall clock.
Threads: owned by the event loop.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from deskwatch.model import METRIC_NAME, Clock, Labels, Scrape
from deskwatch.server.logs.level import Level, LineReader

RING_LINES: Final = 10_000  # reliability section 4 allows a queue 10,000 items; about 2 MB of usual lines


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bot.

    Attributes:
        id: Grows from line to line, over restarts of the server too.
        ts_ms: When it was read.
        bot: Whose it is.
        level: How grave it says it is.
        text: The line, fit to be shown as text.
    """

    id: int
    ts_ms: int
    bot: str
    level: Level
    text: str


class _BotLines:
    def __init__(self, bot: str, ring_lines: int) -> None:
        self.lines: deque[Line] = deque(maxlen=ring_lines)
        self.reader = LineReader()
        self.counts: Counter[Level] = Counter()
        self.layout = tuple(
            Labels({METRIC_NAME: "bot_log_lines_total", "bot": bot, "level": level.value}) for level in Level
        )


class LogBook:
    """Holds the newest lines of each bot.

    Args:
        clock: Wall time.
        ring_lines: How many lines of a bot are held.
        on_line: Told each new line.
    """

    def __init__(
        self, clock: Clock, *, ring_lines: int = RING_LINES, on_line: Callable[[Line], None] | None = None
    ) -> None:
        self._clock = clock
        self._ring_lines = ring_lines
        self._on_line = on_line
        self._bots: dict[str, _BotLines] = {}
        # From the time, so that a page that was open over a restart sees greater ids; 1000 a millisecond is plenty,
        # and until the year 2255 they fit into the whole numbers of JavaScript.
        self._last_id = clock.now_ms() * 1000

    def add(self, bot: str, text: str, *, level: Level | None = None, ts_ms: int | None = None) -> Line:
        """Take a new line.

        Args:
            bot: Whose it is.
            text: The line, already clean.
            level: Its level where known; else it is read from the text.
            ts_ms: Its time where known; else now.
        """
        lines = self._of(bot)
        line = self._line(lines, bot, text, level, ts_ms)
        lines.counts[line.level] += 1
        if self._on_line is not None:
            self._on_line(line)
        return line

    def refill(self, bot: str, texts: list[str], ts_ms: int) -> None:
        """Take lines that were written before this server started; they are held but not counted again."""
        lines = self._of(bot)
        for text in texts[-self._ring_lines :]:
            self._line(lines, bot, text, None, ts_ms)

    def tail(self, bot: str, after_id: int, limit: int) -> list[Line]:
        """Return up to ``limit`` lines that are newer than a line, oldest first.

        When more are newer, the newest are returned: a page that was away wants now, not then. An empty
        ``bot`` asks for all bots.
        """
        if bot:
            return self._newest(bot, after_id, limit)
        each = [line for name in self._bots for line in self._newest(name, after_id, limit)]
        return sorted(each, key=lambda line: line.id)[-limit:] if limit > 0 else []

    def last(self, bot: str, count: int) -> list[Line]:
        """Return the newest lines, oldest first."""
        return self._newest(bot, 0, count)

    def scrape(self, bot: str, now_ms: int) -> Scrape:
        """Return how many lines of each level came since the server started."""
        lines = self._of(bot)
        return Scrape(f"logs:{bot}", now_ms, lines.layout, [float(lines.counts[level]) for level in Level])

    def _of(self, bot: str) -> _BotLines:
        if bot not in self._bots:
            self._bots[bot] = _BotLines(bot, self._ring_lines)
        return self._bots[bot]

    def _line(self, lines: _BotLines, bot: str, text: str, level: Level | None, ts_ms: int | None) -> Line:
        self._last_id += 1
        when_ms = self._clock.now_ms() if ts_ms is None else ts_ms
        read_level, readable = lines.reader.read(text)
        line = Line(self._last_id, when_ms, bot, level or read_level, readable)
        lines.lines.append(line)
        return line

    def _newest(self, bot: str, after_id: int, limit: int) -> list[Line]:
        known = self._bots.get(bot)
        if known is None or limit <= 0:
            return []
        newest = [line for line in islice(reversed(known.lines), limit) if line.id > after_id]
        newest.reverse()
        return newest
