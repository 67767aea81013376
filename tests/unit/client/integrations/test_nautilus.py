"""What can be told of the watch of nautilus_trader without it; the rest is in tests/integration."""

from __future__ import annotations

import importlib.util

import pytest

from deskwatch import Guard, GuardState, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client import Readings
from deskwatch.client.integrations.nautilus import reason_word, state_of, watch
from deskwatch.errors import MissingExtraError


@pytest.mark.skipif(importlib.util.find_spec("nautilus_trader") is not None, reason="nautilus_trader is installed")
def test_without_nautilus_the_error_says_what_to_install_and_names_no_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install nautilus_trader$"):
        watch(object(), TradingMetrics(registry=Registry()))


@pytest.mark.parametrize(
    ("reason", "word"),
    [  # as nautilus_trader 1.221 writes them
        ("TradingState.HALTED", "halted"),
        ("BUY when TradingState.REDUCING and LONG BTCUSDT-PERP.BINANCE", "reducing"),
        ("POST_ONLY LIMIT BUY order limit px of 55680.0 would have been a TAKER: bid=46400.0", "post_only"),
        ("REDUCE_ONLY MARKET SELL order would have increased position", "reduce_only"),
        ("Reduce only order would increase position PositionId('P-1')", "reduce_only"),
        ("NOTIONAL_EXCEEDS_FREE_BALANCE: free=1.00 USDT, balance_impact=-2.00 USDT", "balance"),
        ("CUM_NOTIONAL_EXCEEDS_FREE_BALANCE: free=1.00 USDT, cum_notional=2.00 USDT", "balance"),
        ("NOTIONAL_EXCEEDS_MAX_PER_ORDER: max_notional=1, notional=2", "notional"),
        ("QUANTITY_EXCEEDS_MAXIMUM: effective_quantity=5000.000, max_quantity=1000.000", "quantity"),
        ("Exceeded MAX_ORDER_SUBMIT_RATE", "rate"),
        ("no market for BTCUSDT-PERP.BINANCE", "no_market"),
        ("SHORT SELLING not permitted on a CASH account with position None and order X", "short_selling"),
        ("duplicate ClientOrderId('O-1')", "duplicate"),
        ("Invalid price precision for order O-1, was 3 when X precision is 1", "price"),
        ("STOP_MARKET BUY order stop px of 1.0 was in the market: bid=2.0", "price"),
        ("something that a venue says", ""),
    ],
)
def test_a_reason_becomes_one_of_a_few_words(reason: str, word: str) -> None:
    assert reason_word(reason) == word


def test_a_guard_that_is_not_armed_halts_the_node() -> None:
    assert state_of(Guard([MaxDrawdown(0.1)])) is GuardState.HALTED


@pytest.mark.parametrize("then", [GuardState.REDUCING, GuardState.HALTED])
def test_the_node_gets_the_state_of_the_guard(then: GuardState) -> None:
    guard = Guard([MaxDrawdown(0.1, then=then)])
    guard.check(Readings(equity=100))
    assert state_of(guard) is GuardState.ACTIVE
    guard.check(Readings(equity=100, drawdown_ratio=0.2))
    assert state_of(guard) is then
