"""Read the facts about one bot out of the newest values of its series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from deskwatch.model import Labels
from deskwatch.server.alerting.context import Position

Vector = Iterable[tuple[Labels, float]]


class GuardState(IntEnum):
    """What the guard lets pass; the numbers are those of the series ``guard_state``."""

    ACTIVE = 0
    REDUCING = 1
    HALTED = 2


@dataclass(frozen=True, slots=True)
class BotFacts:
    """What a bot's own metrics say, summed over its strategies; None is unknown.

    Attributes:
        currency: Of all amounts.
        equity: What the account is worth.
        pnl_day: Since midnight.
        pnl_total: Realised and unrealised, from the start.
        drawdown_ratio: The worst of the strategies, from the equity peak, 0..1.
        drawdown_limit_ratio: The guard's limit, where it has one.
        positions: Open positions only.
        guard: The tightest state of the strategies.
        market_ts_ms: The time of the newest market data.
        heartbeat_ts_ms: When the decision loop last reported.
    """

    currency: str = ""
    equity: float | None = None
    pnl_day: float | None = None
    pnl_total: float | None = None
    drawdown_ratio: float | None = None
    drawdown_limit_ratio: float | None = None
    positions: tuple[Position, ...] = ()
    guard: GuardState | None = None
    market_ts_ms: int | None = None
    heartbeat_ts_ms: int | None = None


class _Values:
    """The newest values by metric name."""

    def __init__(self, vector: Vector) -> None:
        self._by_name: dict[str, list[tuple[Labels, float]]] = {}
        for labels, value in vector:
            self._by_name.setdefault(labels.name, []).append((labels, value))

    def of(self, name: str, **labels: str) -> list[tuple[Labels, float]]:
        found = self._by_name.get(name, [])
        return [pair for pair in found if all(pair[0].get(key) == value for key, value in labels.items())]

    def total(self, name: str) -> float | None:
        found = [value for _, value in self.of(name)]
        return sum(found) if found else None

    def highest(self, name: str, **labels: str) -> float | None:
        return max((value for _, value in self.of(name, **labels)), default=None)

    def lowest(self, name: str, **labels: str) -> float | None:
        return min((value for _, value in self.of(name, **labels)), default=None)


def read_facts(vector: Vector) -> BotFacts:
    """Return what the newest values of one bot's series say."""
    values = _Values(vector)
    equity = values.of("trading_equity")
    guard = values.highest("guard_state")
    return BotFacts(
        currency=equity[0][0].get("currency", "") if equity else "",
        equity=values.total("trading_equity"),
        pnl_day=values.total("trading_pnl_day"),
        pnl_total=_pnl_total(values),
        drawdown_ratio=values.highest("trading_drawdown_ratio"),
        drawdown_limit_ratio=values.lowest("guard_limit", limit="max_drawdown"),
        positions=_positions(values),
        guard=None if guard is None else GuardState(int(guard)),
        market_ts_ms=_ms(values.highest("trading_market_time_seconds")),
        heartbeat_ts_ms=_ms(values.highest("bot_heartbeat_timestamp_seconds")),
    )


def _pnl_total(values: _Values) -> float | None:
    realized, unrealized = values.total("trading_pnl_realized"), values.total("trading_pnl_unrealized")
    fees = values.total("trading_fees_total")
    return None if realized is None else realized + (unrealized or 0.0) - (fees or 0.0)


def _positions(values: _Values) -> tuple[Position, ...]:
    notional: dict[str, float] = {}
    for labels, value in values.of("trading_position_notional"):
        notional[labels["symbol"]] = notional.get(labels["symbol"], 0.0) + value
    quantity: dict[str, float] = {}
    for labels, value in values.of("trading_position_quantity"):
        quantity[labels["symbol"]] = quantity.get(labels["symbol"], 0.0) + value
    return tuple(Position(symbol, size, notional.get(symbol)) for symbol, size in sorted(quantity.items()) if size)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
