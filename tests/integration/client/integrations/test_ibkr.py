"""The watch on the real ``ib_async.IB``, which talks to a stand-in for TWS on a loopback socket."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ib_async
import pytest
from prometheus_client.parser import text_string_to_metric_families

from client_fakes import CollectingLink
from deskwatch import Guard, GuardState, MaxPosition, MaxRejects, Registry, TradingMetrics
from deskwatch.client.guard import Allowed
from deskwatch.client.integrations.ibkr import Watch, watch
from deskwatch.client.metrics import DropReason
from deskwatch.errors import MissingExtraError
from doc_blocks import doc_blocks, run_block
from integration.client.integrations.tws import ACCOUNT, COMMISSION, Placed, Tws, stock

pytestmark = pytest.mark.anyio

LONG = 60.0  # never due within a test
SHORT = 0.05


def aapl() -> ib_async.Contract:
    return ib_async.Stock("AAPL", "SMART", "USD", conId=265598)


async def until(holds: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.002)


class Desk:
    """A bot with its IB, its recorder and the stand-in that it trades at."""

    def __init__(self, tws: Tws, *limits: Any, dialect: str | None = None) -> None:
        self.tws = tws
        self.ib = ib_async.IB()
        self.registry = Registry()
        self.link = CollectingLink()
        self.guard = Guard(limits, link=self.link)
        self.metrics = TradingMetrics(
            "swing", "USD", registry=self.registry, guard=self.guard, link=self.link, dialect=dialect
        )

    def watch(self, **settings: Any) -> Watch:
        return watch(self.ib, self.metrics, **{"commission_seconds": LONG, **settings})

    async def connect(self) -> None:
        await self.ib.connectAsync("127.0.0.1", self.tws.port, clientId=3, timeout=2)

    async def leave(self) -> None:
        self.ib.disconnect()
        await until(lambda: self.ib.client.conn.transport is None)

    async def answered(self) -> None:
        """Wait until everything that TWS sent before now was received."""
        await self.ib.reqCurrentTimeAsync()

    def place(self, kind: str = "LMT", action: str = "BUY", quantity: float = 10) -> ib_async.Trade:
        order = ib_async.MarketOrder(action, quantity) if kind == "MKT" else ib_async.LimitOrder(action, quantity, 99)
        return self.ib.placeOrder(aapl(), order)

    async def working(self, quantity: float = 10, action: str = "BUY") -> int:
        trade = self.place(quantity=quantity, action=action)
        await until(lambda: trade.orderStatus.status == "Submitted")
        return trade.order.orderId

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        text = self.registry.expose(with_prometheus_client=False).decode()
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def read(self, name: str, **labels: str) -> float:
        """Return the sum of the series that have these labels."""
        wanted = set(labels.items())
        return sum(value for (known, has), value in self.samples().items() if known == name and wanted <= has)

    def orders(self) -> dict[str, float]:
        return {
            dict(labels)["status"]: value
            for (name, labels), value in self.samples().items()
            if name == "trading_orders_total"
        }

    def fills(self) -> list[tuple[str, ...]]:
        return [
            (record["side"], *(f"{Decimal(record[key]).normalize():f}" for key in ("quantity", "price", "fee")))
            for record in self.link.of_kind("fill")
        ]


@pytest.fixture(autouse=True)
def loop_of_this_test() -> None:
    """ib_async 2.0 remembers the first event loop of the process, and each test has its own."""
    forget = getattr(ib_async.util.getLoop, "cache_clear", None)
    if forget is not None:
        forget()


@pytest.fixture
def tws() -> Iterator[Tws]:
    stand_in = Tws()
    yield stand_in
    stand_in.close()


@pytest.fixture
async def desk(tws: Tws) -> AsyncIterator[Desk]:
    made = Desk(tws)
    yield made
    await made.leave()


async def test_the_stand_in_keeps_the_contract_that_ib_async_relies_on(tws: Tws) -> None:
    tws.positions["MSFT"] = (stock("MSFT"), 5.0, 300.0)
    ib = ib_async.IB()
    await ib.connectAsync("127.0.0.1", tws.port, clientId=3, timeout=2)
    assert ib.client.serverVersion() == 176
    assert ib.managedAccounts() == [ACCOUNT]
    assert [(held.contract.symbol, held.position) for held in ib.positions()] == [("MSFT", 5.0)]
    assert {value.value for value in ib.accountValues() if value.tag == "NetLiquidation"} == {"100000.0"}
    trade = ib.placeOrder(aapl(), ib_async.MarketOrder("BUY", 10))
    await until(lambda: trade.fills and trade.fills[0].commissionReport.commission)
    assert trade.orderStatus.status == "Filled"
    assert trade.fills[0].execution.shares == 10
    waiting = ib.placeOrder(aapl(), ib_async.LimitOrder("SELL", 4, 120))
    await until(lambda: waiting.orderStatus.status == "Submitted")
    tws.do(tws.drop)
    await until(lambda: not ib.isConnected())
    await ib.connectAsync("127.0.0.1", tws.port, clientId=3, timeout=2)
    assert [open_.order.action for open_ in ib.openTrades()] == ["SELL"]
    assert [done.orderStatus.status for done in ib.trades() if done.isDone()] == ["Filled"]
    assert [fill.execution.execId for fill in ib.fills()] == [trade.fills[0].execution.execId]
    ib.cancelOrder(ib.openTrades()[0].order)
    await until(lambda: not ib.openTrades())
    ib.disconnect()
    await until(lambda: ib.client.conn.transport is None)


async def test_an_order_is_told_from_sending_to_its_fill(desk: Desk) -> None:
    desk.watch()
    await desk.connect()
    desk.place("MKT")
    await until(desk.fills)
    assert desk.orders() == {"sent": 1, "accepted": 1, "filled": 1}
    assert desk.fills() == [("BUY", "10", "100", "1.25")]
    assert desk.read("trading_order_latency_seconds_count") == 1
    assert desk.read("trading_order_stage_latency_seconds_count", stage="intent_to_ack") == 1
    assert desk.read("trading_order_stage_latency_seconds_count", stage="fill") == 1
    assert desk.read("trading_orders_pending") == 0
    assert desk.metrics.ledger.position("AAPL").quantity == 10


async def test_each_partial_fill_is_recorded_with_its_own_commission(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order = await desk.working()
    for number, (shares, price) in enumerate(((3, 99.0), (3, 98.5), (4, 98.0)), 1):
        tws.do(lambda n=number, s=shares, p=price: tws.fill(order, s, p, f"0001.a{n}.01.01", 0.5 * n))
    await until(lambda: len(desk.fills()) == 3)
    assert desk.fills() == [("BUY", "3", "99", "0.5"), ("BUY", "3", "98.5", "1"), ("BUY", "4", "98", "1.5")]
    assert desk.orders() == {"sent": 1, "accepted": 1, "filled": 1}


async def test_a_commission_that_comes_too_late_is_counted_and_the_fill_is_not_lost(desk: Desk, tws: Tws) -> None:
    desk.watch(commission_seconds=SHORT)
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.fill(order, 10, 99.0, "0001.a.01.01", None))
    await until(desk.fills)
    assert desk.read("ibkr_fills_without_commission_total") == 1
    for _ in range(2):
        tws.do(lambda: tws.report_commission("0001.a.01.01", 1.0))
    await desk.answered()
    assert desk.fills() == [("BUY", "10", "99", "0")]
    assert desk.read("ibkr_commissions_late_total") == 1


async def test_a_commission_within_the_wait_goes_with_its_fill(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.fill(order, 10, 99.0, "0001.a.01.01", None))
    await desk.answered()
    assert desk.fills() == []
    tws.do(lambda: tws.report_commission("0001.a.01.01", 1.0))
    await until(desk.fills)
    assert desk.fills() == [("BUY", "10", "99", "1")]
    assert desk.read("ibkr_fills_without_commission_total") == 0


async def test_a_commission_of_which_ib_async_emits_no_event_is_found_after_the_wait(desk: Desk, tws: Tws) -> None:
    desk.watch(commission_seconds=SHORT)
    await desk.connect()
    tws.on_order = lambda at, placed: at.status(placed.order_id, "Submitted")  # no openOrder: no permanent id is known
    trade = desk.place()
    await until(lambda: trade.orderStatus.status == "Submitted")
    tws.do(lambda: tws.fill(trade.order.orderId, 10, 99.0, "0001.a.01.01", 1.0))
    await until(desk.fills)
    assert desk.fills() == [("BUY", "10", "99", "1")]
    assert desk.read("ibkr_fills_without_commission_total") == 0


async def test_a_commission_in_another_currency_is_left_out_and_counted(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.fill(order, 10, 99.0, "0001.a.01.01", None))
    tws.do(lambda: tws.report_commission("0001.a.01.01", 1.0, "EUR"))
    await until(desk.fills)
    assert desk.fills() == [("BUY", "10", "99", "0")]
    assert desk.read("ibkr_fills_without_commission_total") == 1


async def test_stop_records_what_waits_and_lets_go_of_every_event(desk: Desk, tws: Tws) -> None:
    def listeners() -> list[int]:
        events = [getattr(desk.ib, name) for name in desk.ib.events] + [desk.ib.client.apiError]
        return [len(event) for event in events]

    before = listeners()
    watching = desk.watch()
    assert listeners() != before
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.fill(order, 4, 99.0, "0001.a.01.01", None))
    await desk.answered()
    watching.stop()
    assert desk.fills() == [("BUY", "4", "99", "0")]
    assert listeners() == before
    tws.do(lambda: tws.fill(order, 6, 99.0, "0001.b.01.01"))
    await desk.answered()
    assert len(desk.fills()) == 1
    desk.watch().stop()  # another may watch now


async def test_an_execution_that_is_told_again_after_an_outage_is_recorded_once(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    desk.place("MKT")
    await until(desk.fills)
    tws.do(tws.drop)
    await until(lambda: not desk.ib.isConnected())
    assert desk.read("broker_connected") == 0
    await desk.connect()
    assert len(desk.ib.fills()) == 1
    await desk.ib.reqExecutionsAsync()
    assert desk.fills() == [("BUY", "10", "100", "1.25")]
    assert desk.orders() == {"sent": 1, "accepted": 1, "filled": 1}
    assert desk.read("broker_connected") == 1
    assert desk.read("broker_connection_errors_total") == 1
    assert desk.read("broker_reconnections_total") == 1


async def test_what_was_filled_during_an_outage_is_recorded_after_it(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order, cancelled = await desk.working(), await desk.working(5)
    tws.do(tws.drop)
    await until(lambda: not desk.ib.isConnected())
    tws.fill_unseen(order, 10, 98.0, "0001.a.01.01")
    tws.orders[cancelled].status = "Cancelled"
    tws.positions["AAPL"] = (stock("AAPL"), 10.0, 98.0)
    await desk.connect()
    assert desk.fills() == [("BUY", "10", "98", "1.25")]
    assert desk.orders() == {"sent": 2, "accepted": 2, "filled": 1, "cancelled": 1}
    assert desk.read("trading_order_stage_latency_seconds_count", stage="fill") == 0


async def test_an_order_that_tws_no_longer_knows_is_unknown_and_goes_on_working(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order = await desk.working()
    for _ in range(2):
        tws.do(tws.drop)
        await until(lambda: not desk.ib.isConnected())
        tws.orders.pop(order, None)
        await desk.connect()
    assert desk.orders() == {"sent": 1, "accepted": 1, "unknown": 1}
    assert desk.read("trading_orders_pending") == 1


async def test_what_was_traded_before_the_watch_is_left_out(tws: Tws) -> None:
    tws.orders[1] = Placed(1, 3, stock("AAPL"), "BUY", 10, "MKT", "", 7001)
    tws.fill_unseen(1, 10, 100.0, "0001.1.01.01")
    tws.positions["AAPL"] = (stock("AAPL"), 10.0, 100.0)
    for watches_first in (True, False):
        desk = Desk(tws, MaxPosition(quantity=15))
        if watches_first:
            desk.watch()
        await desk.connect()
        if not watches_first:
            desk.watch()
        await desk.ib.reqExecutionsAsync()
        assert desk.fills() == []
        assert desk.read("trading_equity") == 100_000
        assert desk.guard.allow_order("AAPL", "BUY", 5, 100.0) == Allowed.YES
        assert desk.guard.allow_order("AAPL", "BUY", 1, 100.0) != Allowed.YES
        await desk.leave()


async def test_a_correction_takes_back_what_was_recorded(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.fill(order, 10, 99.0, "0001.a.01.01", 1.0))
    await until(desk.fills)
    tws.do(lambda: tws.correct(order, 10, 98.0, "0001.a.01.02", 1.5))
    await until(lambda: len(desk.fills()) == 3)
    assert desk.fills() == [("BUY", "10", "99", "1"), ("SELL", "10", "99", "0"), ("BUY", "10", "98", "0.5")]
    position = desk.metrics.ledger.position("AAPL")
    assert (position.quantity, position.cost) == (10, 980)
    assert desk.read("ibkr_fill_corrections_total") == 1
    tws.do(lambda: tws.correct(order, 10, 99.0, "0001.a.01.01", 1.0))  # the old one again
    await desk.answered()
    assert len(desk.fills()) == 3


async def test_a_correction_of_what_still_waits_replaces_it(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.fill(order, 10, 99.0, "0001.a.01.01", None))
    tws.do(lambda: tws.correct(order, 10, 98.0, "0001.a.01.02", 1.5))
    await until(desk.fills)
    assert desk.fills() == [("BUY", "10", "98", "1.5")]


async def test_a_reject_frees_what_the_guard_held_and_counts_in_its_row(tws: Tws) -> None:
    desk = Desk(tws, MaxPosition(quantity=10), MaxRejects(2))
    desk.watch()
    await desk.connect()
    tws.on_order = lambda at, placed: at.error(
        placed.order_id, 201, "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. INSUFFICIENT MARGIN"
    )
    for number in (1, 2):
        assert desk.guard.allow_order("AAPL", "BUY", 10, 99.0) == Allowed.YES
        desk.place()
        await until(lambda n=number: desk.orders().get("rejected") == n)
    assert desk.orders() == {"sent": 2, "rejected": 2}
    assert desk.read("trading_order_errors_total", error_type="insufficient_funds") == 2
    assert desk.read("trading_order_latency_seconds_count") == 2
    assert desk.read("ibkr_messages_total", kind="order_rejected") == 2
    assert desk.guard.state is not GuardState.ACTIVE
    await desk.leave()


async def test_an_inactive_order_is_rejected_by_the_error_that_explains_it(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()

    def refuse(at: Tws, placed: Placed) -> None:
        at.status(placed.order_id, "Inactive")
        at.error(placed.order_id, 201, "Order rejected - reason:The exchange is closed.")

    tws.on_order = refuse
    desk.place()
    await until(lambda: desk.orders().get("rejected"))
    assert desk.read("trading_order_errors_total", error_type="market_closed") == 1


async def test_an_inactive_order_that_nothing_explains_is_rejected_after_a_while(desk: Desk, tws: Tws) -> None:
    desk.watch(commission_seconds=SHORT)
    await desk.connect()
    tws.on_order = lambda at, placed: at.status(placed.order_id, "Inactive")
    desk.place()
    await until(lambda: desk.orders().get("rejected"))
    assert desk.read("trading_order_errors_total", error_type="other") == 1


async def test_a_cancel_frees_what_was_not_filled(tws: Tws) -> None:
    desk = Desk(tws, MaxPosition(quantity=10))
    desk.watch()
    await desk.connect()
    assert desk.guard.allow_order("AAPL", "BUY", 10, 99.0) == Allowed.YES
    trade = desk.place()
    await until(lambda: trade.orderStatus.status == "Submitted")
    tws.do(lambda: tws.fill(trade.order.orderId, 4, 99.0, "0001.a.01.01"))
    await until(desk.fills)
    assert desk.guard.allow_order("AAPL", "BUY", 6, 99.0) != Allowed.YES
    desk.ib.cancelOrder(trade.order)
    await until(lambda: desk.orders().get("cancelled"))
    assert desk.orders() == {"sent": 1, "accepted": 1, "cancel_sent": 1, "cancelled": 1}
    assert desk.guard.allow_order("AAPL", "BUY", 6, 99.0) == Allowed.YES
    assert desk.read("trading_order_errors_total") == 0
    await desk.leave()


async def test_an_order_that_ib_async_takes_for_dead_and_that_lives_is_neither_rejected_nor_cancelled(
    desk: Desk, tws: Tws
) -> None:
    desk.watch()
    await desk.connect()
    tws.on_order = lambda at, placed: at.error(
        placed.order_id, 10349, "Order TIF was set to DAY based on order preset."
    )
    trade = desk.place()
    await until(trade.isDone)  # what ib_async makes of it
    tws.do(lambda: tws.accept(trade.order.orderId))
    tws.do(lambda: tws.fill(trade.order.orderId, 10, 99.0, "0001.a.01.01"))
    await until(desk.fills)
    assert desk.orders() == {"sent": 1, "accepted": 1, "filled": 1}


async def test_a_cancel_that_was_refused_first_is_still_told_when_it_comes_true(desk: Desk, tws: Tws) -> None:
    desk.watch(commission_seconds=SHORT)
    await desk.connect()
    order = await desk.working()
    tws.do(lambda: tws.error(order, 161, "Cancel attempted when order is not in a cancellable state"))
    tws.do(lambda: tws.status(order, "Cancelled"))  # ib_async tells nothing of it: nothing changes for it
    await until(lambda: desk.orders().get("cancelled"))
    assert desk.orders() == {"sent": 1, "accepted": 1, "cancelled": 1}


async def test_a_connection_that_tws_will_not_have_counts_once(desk: Desk, tws: Tws) -> None:
    desk.watch()
    tws.refuse_client = True
    for attempt in (1, 2):
        with pytest.raises(asyncio.TimeoutError):
            await desk.ib.connectAsync("127.0.0.1", tws.port, clientId=3, timeout=0.2)
        assert desk.read("broker_connection_errors_total") == attempt
    tws.refuse_client = False
    await desk.connect()
    assert desk.read("broker_connection_errors_total") == 2
    assert desk.read("broker_reconnections_total") == 0
    await desk.leave()
    assert desk.read("broker_connection_errors_total") == 2
    assert desk.read("broker_connected") == 0


async def test_nobody_there_counts_as_a_connection_error(desk: Desk, tws: Tws) -> None:
    desk.watch()
    tws.close()
    with pytest.raises(ConnectionRefusedError):
        await desk.connect()
    assert desk.read("broker_connection_errors_total") == 1
    replacement = Tws()
    tws.__dict__.update(replacement.__dict__)  # so that the fixture closes one that is open


async def test_messages_count_by_what_they_mean(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    assert desk.read("broker_connection_errors_total") == 0  # 2104, 2106 and 2158 came with the greeting
    assert desk.read("ibkr_messages_total", kind="data_ok") == 3
    for code, text in (
        (100, "Max rate of messages per second has been exceeded"),
        (420, "Invalid Real-time Query:Pacing violation"),
        (162, "Historical Market Data Service error message:Historical data request pacing violation"),
        (162, "Historical Market Data Service error message:HMDS query returned no data"),
        (2103, "Market data farm connection is broken:usfarm"),
        (2104, "Market data farm connection is OK:usfarm"),
        (1100, "Connectivity between IBKR and Trader Workstation has been lost."),
        (2110, "Connectivity between Trader Workstation and server is broken. It will be restored automatically."),
    ):
        tws.do(lambda c=code, t=text: tws.error(-1, c, t))
    await desk.answered()
    assert desk.read("broker_pacing_violations_total") == 3
    assert desk.read("broker_connection_errors_total") == 2  # the farm; 1100 and 2110 are one outage
    assert desk.read("broker_connected") == 0
    tws.do(lambda: tws.error(-1, 1101, "Connectivity between IBKR and Trader Workstation has been restored"))
    await desk.answered()
    assert desk.read("broker_connected") == 1
    assert desk.read("broker_reconnections_total") == 1


async def test_every_message_to_tws_counts_as_a_call(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    await desk.answered()
    assert desk.read("broker_api_calls_total") == len(tws.received) + 1  # and the greeting
    await desk.leave()
    await desk.connect()
    await desk.answered()
    assert desk.read("broker_api_calls_total") == len(tws.received) + 2


async def test_equity_positions_and_marks_are_taken_as_they_come(tws: Tws) -> None:
    desk = Desk(tws, MaxPosition(quantity=15))
    desk.watch(marks=["AAPL"], commission_seconds=SHORT)
    await desk.connect()
    assert desk.read("trading_equity") == 100_000
    tws.do(lambda: tws.value("NetLiquidation", "99000.5"))
    tws.do(lambda: tws.value("TotalCashValue", "5"))
    await until(lambda: desk.read("trading_equity") == 99_000.5)
    for symbol in ("AAPL", "MSFT"):
        desk.ib.reqMktData(ib_async.Stock(symbol, "SMART", "USD", conId={"AAPL": 265598, "MSFT": 272093}[symbol]))
    await until(lambda: len(tws._tickers) == 2)
    tws.do(lambda: tws.tick("MSFT", 299.0, 301.0, 300.0))
    tws.do(lambda: tws.tick("AAPL", 99.0, 101.0, 100.5))
    await until(lambda: desk.read("trading_mark_price", symbol="AAPL") == 100.5)
    assert desk.read("trading_mark_price", symbol="MSFT") == 0
    assert abs(desk.read("trading_market_time_seconds") - time.time()) < 5
    tws.do(lambda: tws.position("AAPL", 12, 100.0))  # bought by hand
    await until(lambda: desk.guard.allow_order("AAPL", "BUY", 10, 100.0) != Allowed.YES)
    await desk.leave()


async def test_a_position_that_is_told_before_or_after_its_fill_counts_once(tws: Tws) -> None:
    for position_first in (True, False):
        tws.positions.clear()
        desk = Desk(tws, MaxPosition(quantity=15))
        watching = desk.watch(commission_seconds=SHORT)
        await desk.connect()
        order = await desk.working()
        exec_id = f"0001.{order}.01.01"
        steps = [
            lambda: tws.position("AAPL", 10, 99.0),
            lambda o=order, e=exec_id: tws.fill(o, 10, 99.0, e),
        ]
        for step in steps if position_first else reversed(steps):
            tws.do(step)
        await until(lambda d=desk: len(d.fills()) == 1)
        await until(lambda w=watching: not w._delays._waiting)  # the position has been believed or explained
        assert desk.guard.allow_order("AAPL", "BUY", 5, 99.0) == Allowed.YES
        assert desk.guard.allow_order("AAPL", "BUY", 1, 99.0) != Allowed.YES
        await desk.leave()


async def test_contracts_of_a_future_count_times_their_multiplier(desk: Desk, tws: Tws) -> None:
    desk.watch()
    await desk.connect()
    future = ib_async.Contract(
        secType="FUT", conId=495512563, symbol="ES", exchange="CME", currency="USD", multiplier="50", localSymbol="ESZ6"
    )
    desk.ib.placeOrder(future, ib_async.MarketOrder("SELL", 2))
    await until(desk.fills)
    assert desk.fills() == [("SELL", "100", "100", "1.25")]
    assert desk.read("trading_position_quantity", symbol="ESZ6") == -100


async def test_a_combination_is_recorded_leg_by_leg(desk: Desk, tws: Tws) -> None:
    """Called at ib_async's wrapper: the fields of a combination's orders would double the stand-in."""
    desk.watch()
    await desk.connect()
    tws.on_order = lambda at, placed: None
    combo = ib_async.Contract(secType="BAG", symbol="AAPL,MSFT", exchange="SMART", currency="USD")
    combo.comboLegs = [ib_async.ComboLeg(conId=265598, ratio=1, action="BUY", exchange="SMART")]
    trade = desk.ib.placeOrder(combo, ib_async.LimitOrder("BUY", 10, 1.0))
    wrapper = desk.ib.wrapper
    now = wrapper.lastTime
    for number, contract in enumerate((combo, aapl())):
        told = ib_async.Execution(
            f"0001.{number}.01", now, ACCOUNT, side="BOT", shares=10, price=99, clientId=3, orderId=trade.order.orderId
        )
        wrapper.execDetails(-1, contract, told)
    wrapper.ib.commissionReportEvent.emit(
        trade, trade.fills[1], ib_async.CommissionReport("0001.1.01", COMMISSION, "USD")
    )
    await until(lambda: len(trade.fills) == 2)
    await desk.leave()  # what waits is recorded
    assert [record["symbol"] for record in desk.link.of_kind("fill")] == ["AAPL"]


async def test_of_several_accounts_only_the_named_one_is_read(desk: Desk, tws: Tws) -> None:
    watching = desk.watch()
    await desk.connect()
    desk.ib.wrapper.accounts = [ACCOUNT, "DU999"]
    tws.do(lambda: tws.value("NetLiquidation", "5"))
    await desk.answered()
    assert desk.read("trading_equity") == 100_000
    assert desk.registry.drops.read()[DropReason.EQUITY] == 1
    watching.stop()
    desk.watch(account=ACCOUNT)
    tws.do(lambda: tws.value("NetLiquidation", "90000"))
    await until(lambda: desk.read("trading_equity") == 90_000)


async def test_what_another_client_trades_is_left_out(desk: Desk, tws: Tws) -> None:
    """As the master client sees it: ib_async emits the executions of all."""
    desk.watch()
    await desk.connect()
    order = await desk.working()
    tws.orders[99] = Placed(99, 8, stock("AAPL"), "BUY", 10, "LMT", "99", 7099)
    tws.do(lambda: tws.accept(99))
    tws.do(lambda: tws.fill(99, 10, 99.0, "0001.99.01.01"))
    tws.do(lambda: tws.fill(order, 10, 98.0, "0001.a.01.01"))
    await until(desk.fills)
    assert len(desk.ib.fills()) == 2
    assert desk.fills() == [("BUY", "10", "98", "1.25")]
    assert desk.orders() == {"sent": 1, "accepted": 1, "filled": 1}


def test_a_bot_that_runs_the_loop_only_now_and_then_is_watched_too(tws: Tws) -> None:
    desk = Desk(tws)
    desk.watch(commission_seconds=SHORT)
    try:
        desk.ib.connect("127.0.0.1", tws.port, clientId=3, timeout=2)
        tws.commission = None
        desk.place("MKT")
        deadline = time.monotonic() + 10
        while not desk.fills() and time.monotonic() < deadline:
            desk.ib.sleep(0.01)
        assert desk.fills() == [("BUY", "10", "100", "0")]
        desk.ib.disconnect()
        desk.ib.sleep(0.01)
    finally:
        ib_async.util.getLoop().close()
        asyncio.set_event_loop(None)


async def test_nothing_raises_into_ib_async(desk: Desk) -> None:
    desk.watch(marks=True)
    await desk.connect()
    told: list[Any] = []
    for name in desk.ib.events:
        event = getattr(desk.ib, name)
        event.error_event.connect(lambda *error: told.append(error), keep_ref=True)
    for event in (desk.ib.orderStatusEvent, desk.ib.positionEvent, desk.ib.accountValueEvent):
        event.emit(None)
    desk.ib.execDetailsEvent.emit(None, None)
    desk.ib.pendingTickersEvent.emit([None])
    assert told == []
    assert desk.registry.drops.read()[DropReason.INTERNAL] == 5


async def test_the_event_loop_shows_that_it_runs_while_tws_is_silent(desk: Desk) -> None:
    desk.watch()
    await desk.connect()
    await desk.answered()
    before = desk.read("bot_heartbeat_timestamp_seconds")
    assert before
    await until(lambda: desk.read("bot_heartbeat_timestamp_seconds") > before)


async def test_the_dialect_shows_the_connection_under_its_own_names(tws: Tws) -> None:
    desk = Desk(tws, dialect="algo_trade")
    clock = _Clock()
    desk.watch(dialect="algo_trade", clock=clock)
    await desk.connect()
    desk.place("MKT")
    await until(desk.fills)
    tws.do(lambda: tws.error(-1, 100, "Max rate of messages per second has been exceeded"))
    await desk.answered()
    calls = len(tws.received) + 1
    clock.now += 5
    assert desk.read("algo_trade_ibkr_api_rate") == calls / 5
    tws.do(tws.drop)
    await until(lambda: not desk.ib.isConnected())
    await desk.connect()
    assert desk.read("algo_trade_ibkr_connection_errors_total") == 1
    assert desk.read("algo_trade_ibkr_pacing_violations_total") == 1
    assert desk.read("algo_trade_ibkr_reconnections_total") == 1
    assert desk.read("algo_trade_orders_submitted_total") == 1
    assert desk.read("algo_trade_orders_filled_total") == 1
    assert desk.read("algo_trade_intent_to_ack_latency_ms_count") == 1
    assert desk.read("algo_trade_order_fill_latency_ms_count") == 1
    assert not [name for name, _ in desk.samples() if name.startswith(("ibkr_", "broker_", "trading_"))]
    await desk.leave()


class _Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def test_a_declaration_that_is_wrong_raises() -> None:
    metrics = TradingMetrics(registry=Registry(), link=CollectingLink())
    ib = ib_async.IB()
    with pytest.raises(TypeError, match="must be an ib_async"):
        watch(object(), metrics)
    with pytest.raises(ValueError, match="above 0"):
        watch(ib, metrics, commission_seconds=0)
    watching = watch(ib, metrics)
    with pytest.raises(ValueError, match="already"):
        watch(ib, metrics)
    watching.stop()


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ib_async", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[ibkr\]"):
        watch(object(), TradingMetrics(registry=Registry(), link=CollectingLink()))


def test_the_page_runs_and_shows_what_it_promises(tws: Tws, tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/ibkr.md")
    done = run_block(
        block, tmp_path, env={"TWS_HOST": "127.0.0.1", "TWS_PORT": str(tws.port), "PATH": os.environ["PATH"]}
    )
    assert done.returncode == 0, done.stderr
    for line in (
        'trading_orders_total{strategy="swing",symbol="AAPL",side="BUY",status="filled"} 1.0',
        'trading_fills_total{strategy="swing",symbol="AAPL",side="BUY"} 1.0',
        'trading_fees_total{strategy="swing",currency="USD"} 1.25',
        'trading_equity{strategy="swing",currency="USD"} 99998.75',
    ):
        assert line in done.stdout, done.stdout
