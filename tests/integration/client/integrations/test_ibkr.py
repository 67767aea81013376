"""ib_async's own client on the wire of a stand-in TWS."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import ib_async
import pytest

from deskwatch import BrokerMetrics, Guard, MaxDataAge, MaxRejects, Registry, TradingMetrics
from deskwatch.client.integrations.ibkr import IbkrWatch, watch
from doc_blocks import doc_blocks, run_block
from integration.client.integrations.tws import Tws

pytestmark = pytest.mark.anyio

AAPL = ib_async.Stock("AAPL", "SMART", "USD", conId=265598)
Read = Callable[[str], dict[str, float]]


async def until(what: Callable[[], Any], seconds: float = 10) -> None:
    """Wait for the first true value."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  (the loop is shared with ib_async and the stand-in)
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def quiet() -> None:
    for name in ("ib_async", "ib_async.client", "ib_async.wrapper", "ib_async.ib", "eventkit"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@pytest.fixture
async def tws() -> AsyncIterator[Tws]:
    async with Tws() as standing_in:
        yield standing_in


@pytest.fixture
async def ib() -> AsyncIterator[ib_async.IB]:
    ib_async.util.getLoop.cache_clear()  # it keeps the first loop that it meets, and each test has its own
    made = ib_async.IB()
    yield made
    made.disconnect()
    ib_async.util.getLoop.cache_clear()


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def guard() -> Guard:
    return Guard([MaxRejects(2)])


@pytest.fixture
def metrics(registry: Registry, guard: Guard) -> TradingMetrics:
    return TradingMetrics("s", guard=guard, registry=registry)


@pytest.fixture
def read(registry: Registry) -> Read:
    """Return the series of a family that are not 0, summed by what is left of their labels."""

    def series(name: str) -> dict[str, float]:
        text = registry.expose(with_prometheus_client=False).decode()
        found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
        drop = re.compile(r'(strategy|broker|symbol|currency|side)="[^"]*",?')
        summed: dict[str, float] = {}
        for labels, value in found:
            if float(value):
                summed[drop.sub("", labels)] = summed.get(drop.sub("", labels), 0.0) + float(value)
        return summed

    return series


def _status(read: Read) -> dict[str, float]:
    return {labels.removeprefix('status="').removesuffix('"'): n for labels, n in read("trading_orders_total").items()}


async def _connect(ib: ib_async.IB, tws: Tws) -> None:
    await ib.connectAsync("127.0.0.1", tws.port, clientId=1, timeout=5)


async def test_an_order_its_fill_and_its_commission_are_recorded(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics, equity="USD")
    await _connect(ib, tws)
    trade = ib.placeOrder(AAPL, ib_async.MarketOrder("BUY", 10))
    await until(lambda: read("trading_fills_total"))
    await until(trade.isDone)
    assert _status(read) == {"sent": 1, "accepted": 1, "filled": 1}
    assert read("trading_order_latency_seconds_count") == {"": 1}
    assert metrics.ledger.position("AAPL").quantity == 10
    assert read("trading_fees_total") == {"": pytest.approx(tws.commissions[0][1])}
    assert float(metrics.ledger.equity) == pytest.approx(10_000 - 0.05)
    assert read("broker_connected") == {"": 1}
    assert registry.drops.total == 0


async def test_each_execution_is_recorded_once_and_a_correction_takes_the_first_back(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics, equity="USD")
    await _connect(ib, tws)
    trade = ib.placeOrder(AAPL, ib_async.LimitOrder("BUY", 10, 99))
    await until(lambda: trade.orderStatus.status == "Submitted")
    order_id = trade.order.orderId
    tws.fill(order_id, 4, 99.0)
    tws.fill(order_id, 6, 98.5)
    await until(trade.isDone)
    tws.tell(11, -1, *tws.executions[0])  # once more
    first = str(tws.executions[0][12])
    tws.fill(order_id, 4, 98.0, number=first.removesuffix("01") + "02")
    await until(lambda: sum(read("trading_fills_total").values()) == 4)
    position = metrics.ledger.position("AAPL")
    assert position.quantity == 10
    assert float(position.cost + metrics.ledger.realized_pnl * -1) == pytest.approx(4 * 98.0 + 6 * 98.5)
    assert float(metrics.ledger.fees) == pytest.approx(0.05)
    assert _status(read) == {"sent": 1, "accepted": 1, "filled": 1}


async def test_a_reject_is_told_from_a_cancel_and_trips_the_guard_when_there_are_too_many(  # noqa: PLR0917
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, guard: Guard, registry: Registry, read: Read
) -> None:
    watch(ib, metrics, equity="USD")
    await _connect(ib, tws)
    resting = ib.placeOrder(AAPL, ib_async.LimitOrder("BUY", 1, 50))
    await until(lambda: resting.orderStatus.status == "Submitted")
    ib.cancelOrder(resting.order)
    await until(resting.isDone)
    assert _status(read) == {"sent": 1, "accepted": 1, "cancelled": 1}
    for _ in range(2):
        assert guard.state == "ACTIVE"
        refused = ib.placeOrder(AAPL, ib_async.MarketOrder("BUY", 5_000))
        await until(refused.isDone)
    assert _status(read)["rejected"] == 2
    assert read("broker_rejects_total") == {'reason="insufficient_funds"': 2}
    assert guard.state == "REDUCING"


@pytest.mark.parametrize(
    ("code", "said", "series", "reason"),
    [
        (100, "Max rate of messages per second has been exceeded", "broker_pacing_violations_total", ""),
        (420, "Invalid Real-time Query: pacing violation", "broker_pacing_violations_total", ""),
        (162, "Historical Market Data Service error message:Historical data request pacing violation",
         "broker_pacing_violations_total", ""),
        (1100, "Connectivity between IB and TWS has been lost", "broker_connection_errors_total", 'reason="lost"'),
        (2103, "Market data farm connection is broken:usfarm", "broker_connection_errors_total", 'reason="data"'),
        (2105, "HMDS data farm connection is broken:ushmds", "broker_connection_errors_total", 'reason="data"'),
        (504, "Not connected", "broker_connection_errors_total", 'reason="refused"'),
        (326, "Unable to connect as the client id is already in use", "broker_connection_errors_total",
         'reason="client_id"'),
    ],
)  # fmt: skip
async def test_a_code_of_the_broker_is_counted(  # noqa: PLR0917
    ib: ib_async.IB,
    tws: Tws,
    metrics: TradingMetrics,
    registry: Registry,
    read: Read,
    code: int,
    said: str,
    series: str,
    reason: str,
) -> None:
    watch(ib, metrics)
    await _connect(ib, tws)
    tws.error(code, said)
    await until(lambda: read(series))
    assert read(series) == {reason: 1}


async def test_codes_that_only_inform_are_counted_nowhere(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics)
    await _connect(ib, tws)
    heard = []
    ib.errorEvent += lambda *told: heard.append(told[1])
    for code in (2104, 2106, 2108, 2158, 162):
        tws.error(code, "Market data farm connection is OK:usfarm")
    await until(lambda: len(heard) == 5)
    assert read("broker_connection_errors_total") == read("broker_pacing_violations_total") == {}


async def test_the_broker_behind_tws_goes_and_comes_back(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics)
    await _connect(ib, tws)
    tws.error(1100, "Connectivity between IB and TWS has been lost")
    await until(lambda: not read("broker_connected"))
    tws.error(1102, "Connectivity between IB and TWS has been restored- data maintained")
    await until(lambda: read("broker_connected"))
    assert read("broker_reconnections_total") == {"": 1}


async def test_a_lost_socket_leaves_the_open_order_unknown_and_its_fill_is_found_after_the_reconnect(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics)
    await _connect(ib, tws)
    tws.silent = True
    trade = ib.placeOrder(AAPL, ib_async.MarketOrder("BUY", 7))
    await until(lambda: tws.orders)
    tws.hang_up()
    await until(lambda: not ib.isConnected())
    assert _status(read) == {"sent": 1, "unknown": 1}
    assert read("broker_connection_errors_total") == {'reason="lost"': 1}
    assert read("broker_connected") == read("broker_rejects_total") == {}
    tws.fill(trade.order.orderId, 7, 100.0)  # while nobody listens
    await _connect(ib, tws)
    await until(lambda: read("trading_fills_total"))
    assert metrics.ledger.position("AAPL").quantity == 7
    assert read("broker_reconnections_total") == {"": 1}
    assert read("broker_connected") == {"": 1}


async def test_nobody_at_the_port_is_a_refused_connection(
    ib: ib_async.IB, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics)
    async with Tws() as gone:
        port = gone.port
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await ib.connectAsync("127.0.0.1", port, clientId=1, timeout=2)
    assert read("broker_connection_errors_total") == {'reason="refused"': 1}


async def test_a_fill_whose_commission_never_comes_is_recorded_without_it(  # noqa: PLR0917
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskwatch.client.venue.ibkr_orders.COMMISSION_SECONDS", 0.05)
    watch(ib, metrics)
    await _connect(ib, tws)
    trade = ib.placeOrder(AAPL, ib_async.LimitOrder("BUY", 10, 99))
    await until(lambda: trade.orderStatus.status == "Submitted")
    tws.tell(11, -1, *tws._execution(trade.order.orderId, "0000e0d5.6564a2ff.01.01", 10, 99.0))
    await until(lambda: read("trading_fills_total"))
    tws.tell(59, 1, "0000e0d5.6564a2ff.01.01", 0.05, "USD", "", "", "")
    await until(lambda: ib.fills()[0].commissionReport.commission)
    assert metrics.ledger.position("AAPL").quantity == 10
    assert sum(read("trading_fills_total").values()) == 1


async def test_market_time_and_marks_come_from_the_tickers(
    ib: ib_async.IB, tws: Tws, registry: Registry, read: Read
) -> None:
    guard = Guard([MaxDataAge(60)])
    metrics = TradingMetrics("s", guard=guard, registry=registry)
    watch(ib, metrics, equity="USD", positions=True)
    await _connect(ib, tws)
    ib.reqMktData(AAPL)
    await until(lambda: tws.ticker_ids)
    assert guard.allow_order("AAPL", "BUY", 1, 100.0) == "data_age"
    tws.tick(123.5)
    await until(lambda: read("trading_mark_price"))
    assert read("trading_mark_price") == {"": 123.5}
    assert guard.allow_order("AAPL", "BUY", 1, 100.0) == "yes"


async def test_the_positions_of_the_account_reach_the_guard(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, guard: Guard, registry: Registry
) -> None:
    watch(ib, metrics, equity="USD", positions=True)
    tws.orders[1] = {"symbol": "AAPL", "action": "SELL", "quantity": 3.0, "filled": 3.0, "paid": 100.0}
    await _connect(ib, tws)
    assert guard._gate.book.holdings.gross == pytest.approx(300)


async def test_the_messages_to_the_broker_are_counted(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watch(ib, metrics)
    await _connect(ib, tws)
    assert read("broker_api_calls_total") == {"": ib.client.connectionStats().numMsgSent}
    before = read("broker_api_calls_total")[""]
    ib.reqMktData(AAPL)
    assert read("broker_api_calls_total")[""] == before + 1


async def test_stop_listens_no_more(
    ib: ib_async.IB, tws: Tws, metrics: TradingMetrics, registry: Registry, read: Read
) -> None:
    watched: IbkrWatch = watch(ib, metrics)
    watched.stop()
    await _connect(ib, tws)
    trade = ib.placeOrder(AAPL, ib_async.MarketOrder("BUY", 10))
    await until(trade.isDone)
    assert _status(read) == {}


async def test_the_names_of_algo_trade_are_fed_by_the_watch(
    ib: ib_async.IB, tws: Tws, registry: Registry, read: Read
) -> None:
    metrics = TradingMetrics("s", registry=registry, dialect="algo_trade")
    watch(ib, metrics, broker=BrokerMetrics("ibkr", registry=registry, dialect="algo_trade"))
    await _connect(ib, tws)
    tws.error(100, "Max rate of messages per second has been exceeded")
    tws.error(2103, "Market data farm connection is broken:usfarm")
    tws.error(1100, "Connectivity between IB and TWS has been lost")
    tws.error(1102, "Connectivity between IB and TWS has been restored- data maintained")
    await until(lambda: read("algo_trade_ibkr_reconnections_total"))
    assert read("algo_trade_ibkr_connection_errors_total") == {"": 2}
    assert read("algo_trade_ibkr_pacing_violations_total") == {"": 1}


async def test_what_is_no_ib_is_refused(metrics: TradingMetrics, registry: Registry) -> None:
    with pytest.raises(ValueError, match="ib must be an IB"):
        watch(object(), metrics)


async def test_the_page_of_the_docs_runs(tws: Tws, tmp_path: Path) -> None:
    [block] = doc_blocks("docs/integrations/ibkr.md")
    done = await asyncio.to_thread(run_block, block, tmp_path, {"TWS_PORT": str(tws.port)})
    assert done.returncode == 0, done.stderr
    assert 'trading_fills_total{strategy="trend",symbol="AAPL",side="BUY"} 1.0' in done.stdout
