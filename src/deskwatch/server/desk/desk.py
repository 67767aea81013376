"""Ask the newest samples and the state about one bot.

Threads: expressions are evaluated in worker threads; everything else on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from urllib.parse import quote

from deskwatch.model import METRIC_NAME, Clock, Labels, Matcher, MatchOp, is_stale
from deskwatch.server.alerting.context import Context
from deskwatch.server.desk.facts import BotFacts, read_facts
from deskwatch.server.reconcile import Quantities
from deskwatch.server.rules import InstantQuery, Seen
from deskwatch.server.storage.samples import Queryable
from deskwatch.server.storage.state import StateStore, fills

CONTEXT_LOG_LINES = 3  # issue: a message carries the last three log lines

LastLines = Callable[[str, int], Sequence[str]]
"""The newest log lines of a bot, oldest first."""


class Desk:
    """What is known of the bots; it is the source of a message's context and the witnesses of a flat position.

    Args:
        query: Answers expressions.
        samples: Where the newest positions are read.
        store: Where fills are kept.
        last_lines: The bots' log.
        clock: The time.
        url: The server's own page.
    """

    def __init__(
        self,
        *,
        query: InstantQuery,
        samples: Queryable,
        store: StateStore,
        last_lines: LastLines,
        clock: Clock,
        url: str,
    ) -> None:
        self._query = query
        self._samples = samples
        self._store = store
        self._last_lines = last_lines
        self._clock = clock
        self._url = url

    async def facts(self, bot: str) -> BotFacts:
        """Return what the bot's own metrics say now."""
        vector = await self._vector(f"{{{_of(bot)}}}")
        return read_facts((seen.labels, seen.value) for seen in vector)

    async def cpu_ratio(self, bot: str) -> float | None:
        """Return how many processors the bot used over the last minute; None when that is not known."""
        vector = await self._vector(f"rate(bot_process_cpu_seconds_total{{{_of(bot)}}}[1m])")
        return vector[0].value if vector else None

    async def context(self, alert_labels: Labels, now_ms: int) -> Context:  # noqa: ARG002  (the facts are of now)
        """Return how the bot that the labels name stands."""
        bot = alert_labels.get("bot", "")
        if not bot:
            return Context(link=self._url)
        facts = await self.facts(bot)
        return Context(
            bot=bot,
            currency=facts.currency,
            pnl_day=facts.pnl_day,
            pnl_total=facts.pnl_total,
            equity=facts.equity,
            drawdown_ratio=facts.drawdown_ratio,
            positions=facts.positions if facts.equity is not None else None,
            guard_state=facts.guard.name if facts.guard is not None else "",
            log_lines=tuple(self._last_lines(bot, CONTEXT_LOG_LINES)),
            link=f"{self._url}/bot/{quote(bot)}",
            market_ts_ms=facts.market_ts_ms,
        )

    async def reported(self, bot: str, after_ms: int) -> Quantities | None:
        """Return the position that the bot exposed after a moment; None when it has exposed none since."""
        return await asyncio.to_thread(self._positions_since, bot, after_ms)

    async def summed(self, bot: str) -> Quantities | None:
        """Return the sum of the bot's fills; None when there is none."""
        summed = await self._store.read(lambda conn: fills.quantities(conn, bot))
        return summed or None

    async def _vector(self, expr: str) -> list[Seen]:
        return await asyncio.to_thread(self._query, expr, self._clock.now_ms())

    def _positions_since(self, bot: str, after_ms: int) -> Quantities | None:
        matchers = [
            Matcher(METRIC_NAME, MatchOp.EQUAL, "trading_position_quantity"),
            _of(bot),
        ]
        found: dict[str, Decimal] = {}
        for series in self._samples.select(matchers, after_ms + 1, self._clock.now_ms()):
            newest = float(series.values[-1])
            if not is_stale(newest):
                symbol = series.labels.get("symbol", "")
                # Through text: the decimal that the bot printed, not the float's binary expansion.
                found[symbol] = found.get(symbol, Decimal(0)) + Decimal(repr(newest))
        return found or None


def _of(bot: str) -> Matcher:
    return Matcher("bot", MatchOp.EQUAL, bot)
