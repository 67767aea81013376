"""What a person wants to know beside the alert: P&L, position, guard, the last log lines.

Way:     the desk's sources -> [context] -> notification.  Captured when the message is written, so that a resend
         says the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from deskwatch.model import Labels

CONTEXT_TIMEOUT_SECONDS: Final = 0.5
"""A message waits no longer for its context: breach to delivered is to stay below a second."""


@dataclass(frozen=True, slots=True)
class Position:
    """One open position.

    Attributes:
        symbol: What is held.
        quantity: How much, negative when short.
        notional: What it is worth in the context's currency, where known.
    """

    symbol: str
    quantity: float
    notional: float | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """How the bot stands at the moment of the message; ``None`` and empty mean unknown.

    Attributes:
        bot: Which bot.
        currency: Of all money here.
        pnl_day: P&L since midnight.
        pnl_total: P&L since the start.
        equity: What the account is worth.
        drawdown_ratio: Below the equity peak, 0..1.
        positions: What is held; an empty tuple means flat, ``None`` unknown.
        guard_state: ``ACTIVE``, ``REDUCING`` or ``HALTED``.
        log_lines: The last lines of the bot's log, oldest first.
        link: The page that shows it.
        market_ts_ms: The market's own time, where it is another than the wall's.
    """

    bot: str = ""
    currency: str = ""
    pnl_day: float | None = None
    pnl_total: float | None = None
    equity: float | None = None
    drawdown_ratio: float | None = None
    positions: tuple[Position, ...] | None = None
    guard_state: str = ""
    log_lines: tuple[str, ...] = ()
    link: str = ""
    market_ts_ms: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the context as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Context:
        """Read what :meth:`to_json` wrote."""
        positions = values["positions"]
        held = None if positions is None else tuple(Position(**position) for position in positions)
        return cls(**{**values, "positions": held, "log_lines": tuple(values["log_lines"])})


class ContextSource(Protocol):
    """Who knows how the bots stand."""

    async def context(self, alert_labels: Labels, now_ms: int) -> Context:
        """Return what is known of the bot that the labels name."""
        ...


class ContextFailure(StrEnum):
    """Why a message went out without its context."""

    TIMEOUT = "timeout"
    ERROR = "error"


async def capture(
    source: ContextSource, labels: Labels, now_ms: int, timeout_seconds: float = CONTEXT_TIMEOUT_SECONDS
) -> Context | ContextFailure:
    """Ask the source, but never let it delay or lose a message."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await source.context(labels, now_ms)
    except TimeoutError:
        return ContextFailure.TIMEOUT
    except Exception:  # noqa: BLE001 (whatever the source's fault is, the message goes out; the caller counts it)
        return ContextFailure.ERROR
