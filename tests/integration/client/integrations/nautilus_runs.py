"""Real runs of nautilus_trader under a watch, each in a process of its own; prints what both sides say, as JSON.

Run with the Python of an environment that has nautilus_trader: ``python nautilus_runs.py RUN``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import pandas as pd
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.adapters.sandbox.factory import SandboxLiveExecClientFactory
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.config import LiveDataClientConfig, LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.factories import LiveDataClientFactory
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, TimeInForce
from nautilus_trader.model.identifiers import ClientId, Venue
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

from deskwatch import Guard, GuardState, MaxDrawdown, Registry, TradingMetrics, Trip
from deskwatch.client import Readings
from deskwatch.client.integrations.nautilus import Watch, watch
from deskwatch.demo.prices import bars

VENUE = Venue("BINANCE")
INSTRUMENT = TestInstrumentProvider.btcusdt_perp_binance()
START = 1_000_000
SIZE = Decimal("1.000")


def bars_of(instrument: Instrument) -> BarType:
    return BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")


class Cross(Strategy):
    """Always long or short, after two moving averages."""

    instrument = INSTRUMENT
    size = SIZE

    def on_start(self) -> None:
        self.fast, self.slow = ExponentialMovingAverage(20), ExponentialMovingAverage(60)
        for average in (self.fast, self.slow):
            self.register_indicator_for_bars(bars_of(self.instrument), average)
        self.subscribe_bars(bars_of(self.instrument))

    def on_bar(self, bar: Bar) -> None:
        self.want(1 if self.fast.value > self.slow.value else -1)

    def want(self, sign: int) -> None:
        if self.portfolio.net_position(self.instrument.id) * sign <= 0:
            self.close_all_positions(self.instrument.id)
            self.market(OrderSide.BUY if sign > 0 else OrderSide.SELL, self.size)

    def market(self, side: OrderSide, size: Decimal) -> None:
        quantity = Quantity(size, self.instrument.size_precision)
        self.submit_order(self.order_factory.market(self.instrument.id, side, quantity))

    def on_stop(self) -> None:
        self.close_all_positions(self.instrument.id)


class Spot(Cross):
    """Buys a coin, and keeps it."""

    instrument = TestInstrumentProvider.btcusdt_binance()

    def want(self, sign: int) -> None:
        if self.portfolio.is_flat(self.instrument.id):
            self.market(OrderSide.BUY, self.size)


class Idle(Cross):
    """Does nothing."""

    def want(self, sign: int) -> None:
        pass


class Contracts(Cross):
    """Trades contracts of 50 units each."""

    instrument = TestInstrumentProvider.es_future(2022, 12)
    size = Decimal(3)


class Faulty(Cross):
    """Besides, sends what nautilus or the venue refuses, and limit orders that are cancelled."""

    turn = 0

    def on_bar(self, bar: Bar) -> None:
        self.turn += 1
        if self.turn % 50 == 0:
            far = Price(float(bar.close) * 1.2, 1)
            self.limit(OrderSide.BUY, far, post_only=True)  # would be a taker: rejected
            self.market(OrderSide.BUY, Decimal(5000))  # denied
            self.limit(OrderSide.SELL, far)
            self.cancel_all_orders(INSTRUMENT.id)
        super().on_bar(bar)

    def limit(self, side: OrderSide, price: Price, *, post_only: bool = False) -> None:
        self.submit_order(
            self.order_factory.limit(
                INSTRUMENT.id, side, Quantity(SIZE, 3), price, TimeInForce.GTC, post_only=post_only
            )
        )


class Resting(Cross):
    """Besides, leaves limit orders in the book."""

    def on_bar(self, bar: Bar) -> None:
        super().on_bar(bar)
        for step in (3, 4) if len(self.cache.orders_open()) < 20 else ():
            price = Price(float(bar.close) * (1 + step), 1)
            self.submit_order(self.order_factory.limit(INSTRUMENT.id, OrderSide.SELL, Quantity(SIZE, 3), price))


class Halfway(Cross):
    """Besides, does something once after 2,500 bars."""

    at = 0

    def __init__(self, what: Callable[[], object]) -> None:
        super().__init__()
        self.what = what
        self.turn = 0

    def on_bar(self, bar: Bar) -> None:
        self.turn += 1
        if self.turn == 2_500:
            Halfway.at = bar.ts_event
            self.what()
        super().on_bar(bar)


class Adding(Halfway):
    """Only ever long: adds to its position at each bar, and closes it at a cross."""

    def want(self, sign: int) -> None:
        if sign < 0:
            self.close_all_positions(INSTRUMENT.id)
        else:
            self.market(OrderSide.BUY, Decimal("0.001"))


def engine_with(strategy: Cross, minutes: int, account: AccountType = AccountType.MARGIN) -> BacktestEngine:
    instrument = strategy.instrument
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(instrument.id.venue, OmsType.HEDGING, account, [Money(START, instrument.quote_currency)])
    engine.add_instrument(instrument)
    engine.add_data(prices(instrument, minutes))
    engine.add_strategy(strategy)
    return engine


def prices(instrument: Instrument, minutes: int) -> list[Bar]:
    made = []
    for bar in itertools.islice(bars(), minutes):
        at = int((bar.time_seconds + 60) * 1e9)
        four = [instrument.make_price(value) for value in (bar.open, bar.high, bar.low, bar.close)]
        made.append(Bar(bars_of(instrument), *four, Quantity(1000, instrument.size_precision), at, at))
    return made


def metrics_of(guard: Guard | None = None, starting_equity: int | None = START) -> TradingMetrics:
    return TradingMetrics("cross", "USDT", starting_equity=starting_equity, registry=Registry(), guard=guard)


def report(engine: Any, metrics: TradingMetrics, instrument: Instrument = INSTRUMENT, **more: object) -> None:
    """Print what nautilus' own reports say, and what deskwatch exposes and holds."""
    fills, orders = engine.trader.generate_fills_report(), engine.trader.generate_orders_report()
    positions, cache, ledger = engine.trader.generate_positions_report(), engine.kernel.cache, metrics.ledger
    balance = engine.kernel.portfolio.account(instrument.id.venue).balance_total(instrument.quote_currency)
    json.dump(
        {
            "fills": len(fills),
            "commissions": _sum(fills, "commission"),
            "statuses": orders["status"].value_counts().to_dict() if len(orders) else {},
            "closed_positions": int((positions["side"] == "FLAT").sum()) if len(positions) else 0,
            "realized": _sum(positions, "realized_pnl"),
            "balance": float(balance.as_decimal()),
            "open_orders": cache.orders_open_count() + cache.orders_inflight_count(),
            "open_positions": cache.positions_open_count(),
            "trading_state": engine.kernel.risk_engine.trading_state.name,
            "exposition": metrics.registry.expose(with_prometheus_client=False).decode(),
            "drops": metrics.registry.drops.total,
            "ledger": {
                "realized": float(ledger.realized_pnl),
                "unrealized": float(ledger.unrealized_pnl),
                "fees": float(ledger.fees),
                "equity": float(ledger.equity),
                "trades": ledger.wins + ledger.losses,
                "position": float(ledger.position(str(instrument.id)).quantity),
                "cost": float(ledger.position(str(instrument.id)).cost),
                "now": ledger.now,
            },
            **more,
        },
        sys.stdout,
    )


def _sum(table: pd.DataFrame, column: str) -> float:
    """Add up a column of amounts such as ``1.50 USDT``."""
    return float(sum(Decimal(str(text).split()[0]) for text in table[column])) if len(table) else 0.0


def _in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def _report_halt(engine: BacktestEngine, metrics: TradingMetrics, trips: list[float], **more: object) -> None:
    """Report, and what nautilus opened after the first trip by its own cache."""
    after = [order for order in engine.cache.orders() if order.ts_init > trips[0] * 1e9]
    running = [str(strategy.id) for strategy in engine.trader.strategies() if strategy.is_running]
    open_before_the_end = engine.cache.positions_open_count()
    engine.end()
    report(
        engine,
        metrics,
        trips=len(trips),
        entries_after=[str(order) for order in after if not order.is_reduce_only and order.filled_qty > 0],
        denied_after=sum(order.status.name == "DENIED" for order in after),
        closed_by_us=[
            f"{o.status.name} {o.is_reduce_only}" for o in engine.cache.orders() if "DW-" in str(o.client_order_id)
        ],
        running=running,
        open_before_the_end=open_before_the_end,
        **more,
    )


def cross() -> None:
    engine, metrics = engine_with(Cross(), 20_000), metrics_of()
    watch(engine, metrics, marks=["bars"])
    engine.run()
    report(engine, metrics)


def faulty() -> None:
    engine, metrics = engine_with(Faulty(), 3_000), metrics_of()
    watch(engine, metrics, equity="USDT", marks=["bars"])
    engine.run()
    reasons = [
        str(event.reason) for order in engine.cache.orders() for event in order.events if hasattr(event, "reason")
    ]
    report(engine, metrics, reasons=sorted(set(reasons)))


def contracts() -> None:
    engine, metrics = engine_with(Contracts(), 3_000), TradingMetrics(starting_equity=START, registry=Registry())
    watch(engine, metrics)
    engine.run()
    report(engine, metrics, Contracts.instrument)


def cash() -> None:
    """Holds coins at the end, in a cash account."""
    engine, metrics = engine_with(Spot(), 3_100, AccountType.CASH), metrics_of(starting_equity=None)
    watch(engine, metrics, equity="USDT")
    engine.run(streaming=True)  # without stopping the strategy
    coins = engine.portfolio.account(VENUE).balance_total(BTC).as_decimal()
    price = engine.cache.bar(bars_of(Spot.instrument)).close.as_decimal()
    report(engine, metrics, Spot.instrument, coins=float(coins), price=float(price))


def polled() -> None:
    """Knows its equity only from the account, and holds a position at the end."""
    engine, metrics = engine_with(Cross(), 3_000), metrics_of(starting_equity=None)
    watch(engine, metrics, equity="USDT")
    engine.run(streaming=True)  # without stopping the strategy
    unrealized = engine.portfolio.unrealized_pnls(VENUE)[USDT].as_decimal()
    report(engine, metrics, unrealized=float(unrealized))


def guarded() -> None:
    watched: list[Watch] = []
    trips: list[float] = []

    def on_trip(trip: Trip) -> None:
        trips.append(metrics.ledger.now)
        watched[0].on_trip(trip)

    guard = Guard([MaxDrawdown(0.005)], on_trip=on_trip)
    engine, metrics = engine_with(Resting(), 20_000), metrics_of(guard)
    watched.append(watch(engine, metrics, guard=guard, marks=["bars"]))
    engine.run(streaming=True)  # without stopping the strategy
    _report_halt(engine, metrics, trips)


def again() -> None:
    """Is run a second time after its guard tripped."""
    guard = Guard([MaxDrawdown(0.0001)])
    engine, metrics = engine_with(Cross(), 1_000), metrics_of(guard)
    watch(engine, metrics, guard=guard)
    engine.run()
    first = len(engine.trader.generate_fills_report())
    engine.reset()
    engine.run()
    report(engine, metrics, first_fills=first)


def reset() -> None:
    """Is reset by a person after a trip, and run again; and what may not be watched is refused."""
    guard = Guard([MaxDrawdown(0.0001)], on_trip=lambda trip: watched.on_trip(trip))  # noqa: PLW0108  (as above)
    engine, metrics = engine_with(Cross(), 1_000), metrics_of(guard)
    watched = watch(engine, metrics, guard=guard)
    refused = [_refusal(lambda: watch(engine, metrics)), _refusal(lambda: watch(object(), metrics))]
    engine.run()
    first = len(engine.trader.generate_fills_report())
    engine.reset()
    guard.reset("looked at it")
    refused.append(_refusal(lambda: watch(engine_with(Cross(), 1), metrics, marks=["news"])))
    engine.run()
    report(engine, metrics, first_fills=first, refused=refused)


def _refusal(call: Callable[[], object]) -> str | None:
    try:
        call()
    except ValueError as error:
        return str(error)
    return None


def in_a_handler() -> None:
    """Trips at a fill, with the strategy's next order on its way."""
    guard = Guard([MaxDrawdown(0.0001)], on_trip=lambda trip: (trips.append(metrics.ledger.now), watched.on_trip(trip)))
    trips: list[float] = []
    engine, metrics = engine_with(Cross(), 20_000), metrics_of(guard)
    watched = watch(engine, metrics, guard=guard)
    engine.run(streaming=True)  # without stopping the strategy
    _report_halt(engine, metrics, trips)


def from_a_thread() -> None:
    """Another thread pulls the cord in the middle of the run."""
    guard = Guard([], on_trip=lambda trip: watched.on_trip(trip))  # noqa: PLW0108  (watched comes later)
    engine, metrics = (
        engine_with(Halfway(lambda: _in_a_thread(lambda: guard.halt("a person"))), 5_000),
        metrics_of(guard),
    )
    watched = watch(engine, metrics, guard=guard, marks=["bars"])
    engine.run(streaming=True)  # without stopping the strategy
    _report_halt(engine, metrics, [Halfway.at / 1e9])


def reducing() -> None:
    """Is reduced halfway: what is held may be closed, and nothing may be opened."""
    states = []

    def reduce() -> None:
        guard.check(Readings(equity=START, drawdown_ratio=0.5))
        states.append(guard.state.value)

    guard = Guard([MaxDrawdown(0.4, then=GuardState.REDUCING)], on_trip=lambda trip: watched.on_trip(trip))  # noqa: PLW0108  (watched comes later)
    engine, metrics = engine_with(Adding(reduce), 5_000), metrics_of(guard)
    watched = watch(engine, metrics, guard=guard, marks=["bars"])
    engine.run(streaming=True)  # without stopping the strategy
    _report_halt(engine, metrics, [Halfway.at / 1e9], guard_states=states)


def taken_over() -> None:
    """Begins with a position that an earlier run has left."""
    first = engine_with(Cross(), 200)
    first.run(streaming=True)
    (position,) = first.cache.positions_open()
    engine, metrics = engine_with(Idle(), 1), metrics_of()
    engine.kernel.cache.add_position(position, OmsType.HEDGING)
    watch(engine, metrics)
    engine.run(streaming=True)
    report(engine, metrics, held=float(position.signed_decimal_qty()), paid=position.avg_px_open)


class RandomWalk(LiveMarketDataClient):
    """Twenty quotes a second, until the strategy has traded enough."""

    enough = threading.Event()

    async def _connect(self) -> None:
        self.create_task(self._quote())

    async def _disconnect(self) -> None:
        pass

    async def _subscribe_quote_ticks(self, command: object) -> None:
        pass

    async def _quote(self) -> None:
        walk, price = random.Random(1), 40_000.0
        while not self.enough.is_set():
            price += walk.choice((-5, 5))
            now = self._clock.timestamp_ns()
            size = Quantity(10, 3)
            self._handle_data(QuoteTick(INSTRUMENT.id, Price(price, 1), Price(price + 1, 1), size, size, now, now))
            await asyncio.sleep(0.05)


class RandomWalkFactory(LiveDataClientFactory):
    @staticmethod
    def create(loop: Any, name: str, config: Any, msgbus: Any, cache: Any, clock: Any) -> RandomWalk:  # noqa: PLR0917
        return RandomWalk(loop, ClientId(name), VENUE, msgbus, cache, clock, InstrumentProvider())


class Churning(Strategy):
    """Turns round at each quote, leaves limit orders in the book, and holds a position in the end."""

    threads: ClassVar[dict[str, int]] = {}

    def on_start(self) -> None:
        self.threads["start"] = threading.get_ident()
        self.subscribe_quote_ticks(INSTRUMENT.id)

    def on_quote_tick(self, quote: QuoteTick) -> None:
        long = self.portfolio.is_net_long(INSTRUMENT.id)
        if long and self.cache.orders_closed_count() >= 10:
            RandomWalk.enough.set()
            return
        side = OrderSide.SELL if long else OrderSide.BUY
        self.submit_order(self.order_factory.market(INSTRUMENT.id, side, Quantity(Decimal("0.003"), 3)))
        far = Price(float(quote.ask_price) * 2, 1)
        self.submit_order(self.order_factory.limit(INSTRUMENT.id, OrderSide.SELL, Quantity(Decimal("0.001"), 3), far))

    def on_stop(self) -> None:
        self.threads["stop"] = threading.get_ident()


def live() -> None:
    """A live node on the wall clock with the sandbox for a venue; another thread halts it."""
    sandbox = SandboxExecutionClientConfig(venue="BINANCE", starting_balances=[f"{START} USDT"], oms_type="NETTING")
    node = TradingNode(
        TradingNodeConfig(
            logging=LoggingConfig(log_level="ERROR"),
            data_clients={"BINANCE": LiveDataClientConfig()},
            exec_clients={"BINANCE": sandbox},
            exec_engine=LiveExecEngineConfig(reconciliation=False),
            timeout_post_stop=0.5,
        )
    )
    node.add_data_client_factory("BINANCE", RandomWalkFactory)
    node.add_exec_client_factory("BINANCE", SandboxLiveExecClientFactory)
    node.kernel.cache.add_instrument(INSTRUMENT)
    strategy = Churning()
    node.trader.add_strategy(strategy)
    node.build()
    guard = Guard([], on_trip=lambda trip: watched.on_trip(trip))  # noqa: PLW0108  (watched comes later)
    metrics = metrics_of(guard, starting_equity=None)
    watched = watch(node, metrics, guard=guard, marks=["quotes"], equity="USDT", poll_seconds=0.1)
    seen: dict[str, object] = {}

    def drive() -> None:
        seen["traded"] = RandomWalk.enough.wait(30)
        cache = node.kernel.cache
        seen["open_before"] = [cache.orders_open_count(), cache.positions_open_count()]
        guard.halt("a person")
        seen["flat"] = until(lambda: not (cache.positions_open_count() + cache.orders_open_count()))
        orders, flat_at = cache.orders_total_count(), metrics.ledger.now
        seen["still_watched"] = until(lambda: metrics.ledger.now > flat_at + 0.3)
        seen["orders_after_flat"] = cache.orders_total_count() - orders
        node.kernel.loop.call_soon_threadsafe(node.stop)

    driver = threading.Thread(target=drive)
    driver.start()
    node.run()
    driver.join()
    seen["stopped_in_its_thread"] = Churning.threads["start"] == Churning.threads["stop"]
    report(node, metrics, running=strategy.is_running, **seen)
    node.dispose()


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait until it is true, and say whether it became so in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.01)
    return True


RUNS: dict[str, Callable[[], None]] = {
    run.__name__: run
    for run in (
        cross,
        faulty,
        contracts,
        cash,
        polled,
        guarded,
        again,
        reset,
        in_a_handler,
        from_a_thread,
        reducing,
        taken_over,
        live,
    )
}

if __name__ == "__main__":
    RUNS[sys.argv[1]]()
