from __future__ import annotations

from typing import Any

import pytest

from client_fakes import CollectingLink
from deskwatch import Registry, TradingMetrics
from deskwatch.client.venue.freqtrade_trades import FreqtradeTrades, SteadyFillIds


@pytest.fixture
def link() -> CollectingLink:
    return CollectingLink()


@pytest.fixture
def trades(link: CollectingLink) -> FreqtradeTrades:
    return FreqtradeTrades(TradingMetrics("s", "USDT", registry=Registry(), link=SteadyFillIds(link)), "s", "USDT")


def _trade(*orders: dict[str, Any], is_short: bool = False) -> dict[str, Any]:
    fees = {"fee_open": 0.001, "fee_close": 0.002}
    return {"trade_id": 7, "pair": "BTC/USDT", "is_short": is_short, "orders": list(orders), **fees}


def _order(order_id: str, side: str, **named: Any) -> dict[str, Any]:
    filled = {"filled": 2.0, "safe_price": 100.0, "is_open": False, "order_filled_timestamp": 1_700_000_000_000}
    return {"order_id": order_id, "ft_order_side": side, **filled, **named}


def _fills(link: CollectingLink) -> list[tuple[str, str, float]]:
    return [(fill["id"], fill["side"], float(fill["fee"])) for fill in link.of_kind("fill")]


def test_a_short_trade_sells_first_and_each_side_has_its_fee(trades: FreqtradeTrades, link: CollectingLink) -> None:
    trades.saw_trades([_trade(_order("a", "sell"), _order("b", "buy"), is_short=True)])
    assert _fills(link) == [("freqtrade 7 a", "SELL", 0.2), ("freqtrade 7 b", "BUY", 0.4)]


def test_a_stop_on_the_exchange_closes_the_trade(trades: FreqtradeTrades, link: CollectingLink) -> None:
    trades.saw_trades([_trade(_order("a", "buy"), _order("b", "stoploss"))])
    assert [side for _, side, _ in _fills(link)] == ["BUY", "SELL"]


def test_an_order_counts_when_it_is_closed_and_once(trades: FreqtradeTrades, link: CollectingLink) -> None:
    for _ in range(2):
        trades.saw_trades([_trade(_order("a", "buy", is_open=True, filled=1.0))])
        assert _fills(link) == []
    for _ in range(2):
        trades.saw_trades([_trade(_order("a", "buy"))])
    assert len(_fills(link)) == 1


def test_an_odd_order_is_counted_and_the_others_are_recorded() -> None:
    registry, link = Registry(), CollectingLink()
    trades = FreqtradeTrades(TradingMetrics("s", "USDT", registry=registry, link=SteadyFillIds(link)), "s", "USDT")
    odd = _order("b", "buy")
    del odd["safe_price"]
    trades.saw_trades([_trade(odd, _order("a", "buy"))])
    assert len(_fills(link)) == 1
    assert registry.drops.total == 1
