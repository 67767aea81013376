"""ccxt, sync and async, against a stand-in of Binance's USD-M futures."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import ccxt
import ccxt.async_support
import pytest
import requests

from deskwatch import Guard, MaxClockOffset, MaxOrderNotional, MaxRejects, Registry, TradingMetrics
from deskwatch.client.integrations.ccxt import Watch, watch
from deskwatch.errors import OrderRefusedError
from doc_blocks import doc_blocks, run_block
from integration.client.integrations.binance_futures import HOST, KEY, SECRET, BinanceFutures, Refused

SYMBOL = "BTC/USDT:USDT"
TIMEOUT_MS = 400


@pytest.fixture
def venue() -> Iterator[BinanceFutures]:
    with BinanceFutures() as standing_in:
        yield standing_in


@pytest.fixture
def exchange(venue: BinanceFutures) -> Iterator[Any]:
    session = requests.Session()
    session.mount(HOST, venue.adapter())
    yield _exchange(ccxt, session)
    session.close()


def _exchange(module: Any, session: Any) -> Any:
    made = module.binanceusdm(
        {"apiKey": KEY, "secret": SECRET, "session": session, "enableRateLimit": False, "timeout": TIMEOUT_MS}
    )
    made.has["fetchCurrencies"] = False  # another host of Binance's
    return made


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def metrics(registry: Registry) -> TradingMetrics:
    return TradingMetrics("s", "USDT", starting_equity=1000, registry=registry)


@pytest.fixture
def read(registry: Registry) -> Callable[[str], dict[str, float]]:
    """Return the series of a family that are not 0, by the text of their labels without the strategy and the venue."""

    def series(name: str) -> dict[str, float]:
        text = registry.expose(with_prometheus_client=False).decode()
        found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
        drop = re.compile(r'(strategy|broker|symbol|currency)="[^"]*",?')
        return {drop.sub("", labels): float(value) for labels, value in found if float(value)}

    return series


Read = Callable[[str], dict[str, float]]


def _status(read: Read) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for labels, count in read("trading_orders_total").items():
        counts[re.findall('status="(.*)"', labels)[0]] += int(count)
    return counts


def _ours(call: Callable[[], object]) -> None:
    with pytest.raises(ccxt.BaseError):
        call()


def test_an_order_its_latency_and_its_fill_are_recorded_and_the_answer_is_ccxts_own(
    exchange: Any, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(exchange, metrics)
    answer = exchange.create_order(SYMBOL, "market", "buy", 0.5)
    assert (answer["status"], answer["filled"], answer["average"]) == ("closed", 0.5, 100.0)
    assert _status(read) == {"sent": 1, "accepted": 1, "filled": 1}
    assert read("trading_order_latency_seconds_count") == {"": 1}
    assert read("trading_fills_total") == {'side="BUY"': 1}
    assert metrics.ledger.position(SYMBOL).quantity == pytest.approx(0.5)


def test_a_fill_is_recorded_once_although_orders_and_trades_tell_it_over_and_over(
    venue: BinanceFutures, exchange: Any, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(exchange, metrics)
    order = exchange.createLimitBuyOrder(SYMBOL, 1, 90)  # ccxt's other spelling, and by way of create_order
    venue.account.fill(int(order["id"]), "0.4")
    exchange.fetch_order(order["id"], SYMBOL)
    exchange.fetch_my_trades(SYMBOL)
    venue.account.fill(int(order["id"]), "0.6", "89")
    for _ in range(2):
        exchange.fetch_my_trades(SYMBOL)
        exchange.fetchMyTrades(SYMBOL)
        exchange.fetch_orders(SYMBOL)
    assert read("trading_fills_total") == {'side="BUY"': 2}
    assert metrics.ledger.position(SYMBOL).quantity == 1
    assert float(metrics.ledger.position(SYMBOL).cost) == pytest.approx(0.4 * 90 + 0.6 * 89)
    assert _status(read) == {"sent": 1, "accepted": 1, "filled": 1}


def test_trades_alone_bring_the_fee_that_binance_leaves_out_of_its_orders(
    venue: BinanceFutures, exchange: Any, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(exchange, metrics, fills="trades")
    exchange.create_order(SYMBOL, "market", "buy", 0.5)
    assert read("trading_fills_total") == {}
    exchange.fetch_my_trades(SYMBOL)
    assert read("trading_fills_total") == {'side="BUY"': 1}
    assert read("trading_fees_total") == {"": pytest.approx(float(venue.account.trades[0]["commission"]))}


def test_what_was_traded_before_the_watch_is_not_recorded_and_what_came_after_is(
    venue: BinanceFutures, exchange: Any, metrics: TradingMetrics, registry: Registry
) -> None:
    old = exchange.create_order(SYMBOL, "limit", "buy", 1, 90)
    venue.account.fill(int(old["id"]), "0.4")
    for told in (*venue.account.trades, *venue.account.orders.values()):
        told["time"] -= 60_000
    watch(exchange, metrics)
    exchange.fetch_my_trades(SYMBOL)
    exchange.fetch_order(old["id"], SYMBOL)
    assert metrics.ledger.position(SYMBOL).quantity == 0
    venue.account.fill(int(old["id"]), "0.6")
    exchange.fetch_order(old["id"], SYMBOL)
    exchange.fetch_my_trades(SYMBOL)
    assert float(metrics.ledger.position(SYMBOL).quantity) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("refusal", "error", "reason"),
    [
        (Refused(400, -2019, "Margin is insufficient."), ccxt.InsufficientFunds, "insufficient_funds"),
        (Refused(429, -1003, "Too many requests."), ccxt.DDoSProtection, "rate_limit"),
        (Refused(401, -2014, "API-key format invalid."), ccxt.AuthenticationError, "auth"),
        (Refused(400, -1021, "Timestamp outside of the recvWindow."), ccxt.InvalidNonce, "auth"),
        (Refused(400, -2022, "ReduceOnly Order is rejected."), ccxt.InvalidOrder, "invalid_order"),
        (Refused(400, -4164, "Order's notional must be no smaller than 5."), ccxt.InvalidOrder, "invalid_order"),
        (Refused(400, -9999, "Not in ccxt's table."), ccxt.ExchangeError, "exchange_error"),
    ],
)
def test_a_refusal_is_counted_by_a_closed_reason_and_raised_as_it_was(  # noqa: PLR0917
    venue: BinanceFutures,
    exchange: Any,
    metrics: TradingMetrics,
    registry: Registry,
    read: Read,
    refusal: Refused,
    error: type[Exception],
    reason: str,
) -> None:
    watch(exchange, metrics)
    exchange.load_markets()
    venue.next_order.append(refusal)
    with pytest.raises(error, match=str(refusal.body["code"])):
        exchange.create_order(SYMBOL, "market", "buy", 0.1)
    assert _status(read) == {"sent": 1, "rejected": 1}
    assert read("broker_rejects_total") == {f'reason="{reason}"': 1}
    assert read("broker_pacing_violations_total") == ({"": 1} if reason == "rate_limit" else {})


@pytest.mark.parametrize("fault", ["5xx", "lose", "late"])
def test_an_order_without_an_answer_is_unknown_and_never_rejected(
    venue: BinanceFutures, exchange: Any, registry: Registry, read: Read, fault: str
) -> None:
    guard = Guard([MaxRejects(1)])
    guarded = TradingMetrics("s", "USDT", starting_equity=1000, guard=guard, registry=registry)
    watch(exchange, guarded)
    exchange.load_markets()
    venue.next_order.append(fault)
    _ours(lambda: exchange.create_order(SYMBOL, "market", "buy", 0.1))
    assert _status(read) == {"sent": 1, "unknown": 1}
    assert read("broker_rejects_total") == {}
    assert sum(read("broker_connection_errors_total").values()) == 1
    assert guard.state == "ACTIVE"
    assert guarded.ledger.position(SYMBOL).quantity == 0
    exchange.fetch_my_trades(SYMBOL)  # the bot asks what became of it
    assert float(guarded.ledger.position(SYMBOL).quantity) == pytest.approx(0.1)


def test_an_order_that_never_left_is_no_reject_of_the_venue(exchange: Any, registry: Registry, read: Read) -> None:
    guard = Guard([MaxRejects(1)])
    guarded = TradingMetrics("s", "USDT", starting_equity=1000, guard=guard, registry=registry)
    watch(exchange, guarded)
    with pytest.raises(ccxt.BadSymbol):
        exchange.create_order("NO/USDT:USDT", "market", "buy", 1)
    assert _status(read) == {"sent": 1, "rejected": 1}
    assert guard.state == "ACTIVE"


def test_of_a_batch_each_order_is_judged_by_itself(
    exchange: Any, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(exchange, metrics)
    order = {"symbol": SYMBOL, "type": "market", "side": "buy"}
    exchange.create_orders([{**order, "amount": 0.01}, {**order, "amount": 500}])
    assert _status(read) == {"sent": 2, "accepted": 1, "filled": 1, "rejected": 1}
    assert float(metrics.ledger.position(SYMBOL).quantity) == pytest.approx(0.01)


def test_rejects_in_a_row_trip_the_guard(venue: BinanceFutures, exchange: Any, registry: Registry) -> None:
    guard = Guard([MaxRejects(2)])
    watch(exchange, TradingMetrics("s", starting_equity=1000, guard=guard, registry=registry))
    _ours(lambda: exchange.create_order(SYMBOL, "market", "buy", 500))
    exchange.create_order(SYMBOL, "market", "buy", 0.1)
    _ours(lambda: exchange.create_order(SYMBOL, "market", "buy", 500))
    assert guard.state == "ACTIVE"
    _ours(lambda: exchange.create_order(SYMBOL, "market", "buy", 500))
    assert guard.state == "REDUCING"


def test_the_gate_refuses_before_anything_is_sent_and_lets_exits_and_cancels_through(
    venue: BinanceFutures, exchange: Any, registry: Registry, read: Read
) -> None:
    guard = Guard([MaxOrderNotional(amount=60)])
    metrics = TradingMetrics("s", "USDT", starting_equity=1000, guard=guard, registry=registry)
    watch(exchange, metrics, guard=guard, marks=True)
    exchange.fetch_ticker(SYMBOL)
    exchange.create_order(SYMBOL, "market", "buy", 0.5)
    resting = exchange.create_order(SYMBOL, "limit", "buy", 0.1, 90)
    before = len(venue.account.orders)
    with pytest.raises(OrderRefusedError) as refused:
        exchange.create_order(SYMBOL, "market", "buy", 0.7)
    assert refused.value.answer == "order_notional"
    assert isinstance(refused.value, ccxt.OperationRejected)  # what the bot has for a venue's refusals takes it
    guard.halt("test")
    with pytest.raises(OrderRefusedError, match="halted"):
        exchange.create_order(SYMBOL, "market", "sell", 0.5, None, {"reduceOnly": True})
    exchange.cancel_order(resting["id"], SYMBOL)
    assert len(venue.account.orders) == before
    assert _status(read) == {"sent": 2, "accepted": 2, "filled": 1, "refused": 2, "cancelled": 1}


class _Odd:
    """Says nothing of itself without raising."""

    def __bool__(self) -> bool:
        raise ValueError("the truth of this is ambiguous")


@pytest.mark.parametrize("amount", [_Odd(), float("nan"), -1, "many", None])
def test_what_the_gate_cannot_read_is_refused(
    venue: BinanceFutures, exchange: Any, metrics: TradingMetrics, amount: object
) -> None:
    guard = Guard([MaxOrderNotional(amount=60)])
    guard.arm()
    watch(exchange, metrics, guard=guard)
    exchange.load_markets()
    for call in (
        lambda: exchange.create_order(SYMBOL, "limit", "buy", amount, 90),
        lambda: exchange.create_orders(
            [{"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": amount, "price": 9}]
        ),
    ):
        with pytest.raises(OrderRefusedError, match="unusable_order"):
            call()
    assert venue.account.orders == {}


def test_a_halted_guard_stops_the_change_of_an_order(
    venue: BinanceFutures, exchange: Any, metrics: TradingMetrics
) -> None:
    guard = Guard()
    guard.arm()
    watch(exchange, metrics, guard=guard)
    resting = exchange.create_order(SYMBOL, "limit", "buy", 0.1, 90)
    guard.halt("test")
    for amount in (5, _Odd()):
        with pytest.raises(OrderRefusedError, match=r"halted|unusable_order"):
            exchange.edit_order(resting["id"], SYMBOL, "limit", "buy", amount, 90)
    assert venue.account.orders[int(resting["id"])]["origQty"] == "0.1"


def test_a_reducing_guard_lets_a_reduce_only_order_through(
    venue: BinanceFutures, exchange: Any, registry: Registry
) -> None:
    guard = Guard([MaxRejects(1)])
    metrics = TradingMetrics("s", "USDT", starting_equity=1000, guard=guard, registry=registry)
    watch(exchange, metrics, guard=guard, marks=True)
    exchange.fetch_ticker(SYMBOL)
    exchange.create_order(SYMBOL, "market", "buy", 0.5)
    venue.next_order.append(Refused(400, -2019, "Margin is insufficient."))
    _ours(lambda: exchange.create_order(SYMBOL, "market", "buy", 0.1))
    with pytest.raises(OrderRefusedError, match="reducing"):
        exchange.create_order(SYMBOL, "market", "buy", 0.1)
    exchange.create_order(SYMBOL, "market", "sell", 0.5, None, {"reduceOnly": True})
    assert venue.account.position == 0
    assert metrics.ledger.position(SYMBOL).quantity == 0


def test_without_the_gate_a_halted_guard_refuses_nothing(
    venue: BinanceFutures, exchange: Any, registry: Registry
) -> None:
    guard = Guard()
    watch(exchange, TradingMetrics("s", starting_equity=1000, guard=guard, registry=registry))
    guard.halt("test")
    exchange.create_order(SYMBOL, "market", "buy", 0.1)
    assert len(venue.account.orders) == 1


def test_the_clock_the_weight_the_balance_and_the_positions_are_taken_as_they_pass(
    venue: BinanceFutures, exchange: Any, registry: Registry, read: Read
) -> None:
    guard = Guard([MaxClockOffset(1.0)])
    metrics = TradingMetrics("s", "USDT", starting_equity=1000, guard=guard, registry=registry)
    watch(exchange, metrics, equity="USDT", positions=True)
    venue.clock_ahead_ms = 5_000
    exchange.fetch_time()
    assert read("broker_clock_offset_seconds")[""] == pytest.approx(-5, abs=0.5)
    assert guard.allow_order(SYMBOL, "BUY", 0.1, 100.0) == "clock_offset"
    venue.account.wallet += 7
    exchange.fetch_balance()
    assert float(metrics.ledger.equity) == pytest.approx(1007)
    assert read("broker_request_weight_ratio")[""] == pytest.approx(venue.weight / 2400)
    venue.account.place({"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.3", "type": "MARKET"})
    exchange.fetch_positions()
    assert guard._gate.book.holdings.gross == pytest.approx(30)
    venue.account.place({"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.3", "type": "MARKET"})
    exchange.fetch_positions()
    assert guard._gate.book.holdings.gross == 0
    assert read("broker_api_calls_total")[""] == venue.weight


def test_a_venue_that_is_gone_is_not_connected(
    exchange: Any, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(exchange, metrics)
    exchange.fetch_time()
    assert read("broker_connected") == {"": 1}
    exchange.session.mount(HOST, _Nobody())
    _ours(exchange.fetch_time)
    assert read("broker_connected") == {}
    assert read("broker_connection_errors_total") == {'reason="network"': 1}


class _Nobody(requests.adapters.HTTPAdapter):
    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace(HOST, "http://127.0.0.1:1")
        return super().send(request, *args, **kwargs)


def test_stop_gives_the_exchange_its_own_methods_back_and_a_second_watch_is_refused(
    exchange: Any, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    before = set(vars(exchange))
    watched: Watch = watch(exchange, metrics)
    with pytest.raises(ValueError, match="watched already"):
        watch(exchange, metrics)
    watched.stop()
    assert set(vars(exchange)) == before
    exchange.create_order(SYMBOL, "market", "buy", 0.1)
    assert read("trading_orders_total") == {}


@pytest.mark.parametrize("wrong", [{"exchange": object()}, {"fills": "none"}])
def test_a_wrong_declaration_raises(
    exchange: Any, metrics: TradingMetrics, registry: Registry, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        watch(**{"exchange": exchange, "metrics": metrics, **wrong})


def test_odd_arguments_raise_what_ccxt_raises_and_nothing_else(
    exchange: Any, metrics: TradingMetrics, registry: Registry
) -> None:
    watch(exchange, metrics)
    exchange.load_markets()
    for arguments in [(), (SYMBOL,), (None, "market", "buy", 1), (SYMBOL, "market", "buy", 1, None, 7)]:
        plain = _raised(lambda given=arguments: type(exchange).create_order(exchange, *given))
        assert type(_raised(lambda given=arguments: exchange.create_order(*given))) is type(plain)


def _raised(call: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as raised:  # noqa: PT011  (whatever it is; it is compared)
        call()
    return raised.value


class _RoutedSession:
    """An aiohttp session that sends what goes to Binance to the stand-in."""

    def __init__(self, session: aiohttp.ClientSession, venue: BinanceFutures) -> None:
        self._session, self._venue = session, venue

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._session, name)
        if name not in ("get", "post", "delete"):
            return method
        return lambda url, **named: method(str(url).replace(HOST, self._venue.url), **named)


@pytest.mark.anyio
async def test_the_async_exchange_is_watched_task_by_task(
    venue: BinanceFutures, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    async with aiohttp.ClientSession() as session:
        exchange = _exchange(ccxt.async_support, _RoutedSession(session, venue))
        watch(exchange, metrics)
        await exchange.load_markets()
        venue.next_order.append("late")
        lost = asyncio.create_task(exchange.create_order(SYMBOL, "market", "buy", 0.1))
        async with asyncio.timeout(10):
            while len(venue.account.orders) < 1:  # noqa: ASYNC110  (the stand-in has a thread of its own)
                await asyncio.sleep(0.01)
        taken, refused = await asyncio.gather(
            exchange.create_order(SYMBOL, "market", "buy", 0.2),
            exchange.create_order(SYMBOL, "market", "buy", 500),
            return_exceptions=True,
        )
        with pytest.raises(ccxt.RequestTimeout):
            await lost
        assert taken["filled"] == 0.2
        assert isinstance(refused, ccxt.InsufficientFunds)
        assert _status(read) == {"sent": 3, "accepted": 1, "filled": 1, "rejected": 1, "unknown": 1}
        await exchange.fetch_my_trades(SYMBOL)
        assert float(metrics.ledger.position(SYMBOL).quantity) == pytest.approx(0.3)
        exchange.session = None
        await exchange.close()


def test_the_page_of_the_docs_runs(venue: BinanceFutures, tmp_path: Path) -> None:
    [block] = doc_blocks("docs/integrations/ccxt.md")
    route = (
        "import requests, requests.adapters\n"
        "_send = requests.adapters.HTTPAdapter.send\n"
        "def send(self, request, *args, **kwargs):\n"
        f"    request.url = request.url.replace({HOST!r}, {venue.url!r})\n"
        "    return _send(self, request, *args, **kwargs)\n"
        "requests.adapters.HTTPAdapter.send = send\n"
    )
    done = run_block(
        route + block, tmp_path, {"EXCHANGE_KEY": KEY, "EXCHANGE_SECRET": SECRET, "PATH": os.environ["PATH"]}
    )
    assert done.returncode == 0, done.stderr
    assert venue.account.position == 0
    assert 'trading_fills_total{strategy="trend",symbol="BTC/USDT:USDT",side="SELL"} 1.0' in done.stdout
