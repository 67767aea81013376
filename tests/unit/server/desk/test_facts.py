"""The facts of a bot, summed over its strategies by hand."""

from __future__ import annotations

from deskwatch.model import Labels
from deskwatch.server.alerting import Position
from deskwatch.server.desk import GuardState, read_facts


def one(name: str, value: float, **labels: str) -> tuple[Labels, float]:
    return Labels({"__name__": name, "bot": "a", **labels}), value


def test_amounts_are_summed_and_risk_is_the_worst_of_the_strategies() -> None:
    facts = read_facts(
        [
            one("trading_equity", 60.0, strategy="x", currency="USD"),
            one("trading_equity", 40.0, strategy="y", currency="USD"),
            one("trading_pnl_realized", 5.0, strategy="x"),
            one("trading_pnl_unrealized", -2.0, strategy="x"),
            one("trading_fees_total", 1.0, strategy="x"),
            one("trading_drawdown_ratio", 0.02, strategy="x"),
            one("trading_drawdown_ratio", 0.11, strategy="y"),
            one("guard_state", 0, strategy="x"),
            one("guard_state", 2, strategy="y"),
            one("guard_limit", 0.15, strategy="x", limit="max_drawdown"),
            one("guard_limit", 0.12, strategy="y", limit="max_drawdown"),
            one("trading_position_quantity", 2.0, strategy="x", symbol="BTC"),
            one("trading_position_quantity", -0.5, strategy="y", symbol="BTC"),
            one("trading_position_quantity", 0.0, strategy="y", symbol="ETH"),
            one("trading_position_notional", 90.0, strategy="x", symbol="BTC"),
            one("trading_market_time_seconds", 1641000000.5, strategy="x"),
        ]
    )
    assert (facts.equity, facts.currency, facts.pnl_total) == (100.0, "USD", 2.0)
    assert (facts.drawdown_ratio, facts.drawdown_limit_ratio) == (0.11, 0.12)
    assert facts.guard is GuardState.HALTED
    assert facts.positions == (Position("BTC", 1.5, 90.0),)
    assert facts.market_ts_ms == 1641000000500


def test_what_a_bot_does_not_say_is_unknown_not_zero() -> None:
    facts = read_facts([])
    assert (facts.equity, facts.pnl_total, facts.guard, facts.positions) == (None, None, None, ())
