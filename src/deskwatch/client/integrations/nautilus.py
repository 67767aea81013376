"""Watch a nautilus_trader backtest or live node: orders, fills, prices, account; and, if asked to, halt it.

Way:     message bus of the node → [an actor] → TradingMetrics; guard → risk engine of the node.
Threads: all that touches the node runs in its thread; ``halt`` and ``on_trip`` may be called from any.
Time:    records carry the node's own time, which a backtest makes up; heartbeats and last-seen gauges have the wall's.
Source:  https://nautilustrader.io/docs/latest/concepts/message_bus and .../concepts/execution#risk-engine
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import diagnostics
from deskwatch.client.extra import load
from deskwatch.client.guard import Allowed, Guard, GuardState, Intent, Trip
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.trading import TradingMetrics

LIVE_POLL_SECONDS: Final = 1.0
BACKTEST_POLL_SECONDS: Final = 60.0
"""Of made-up time: a month has 44,640 minutes, and a poll of the equity costs 0.1 to 0.2 real milliseconds."""

ACTOR_ID: Final = "Deskwatch"

MARKS: Final = ("quotes", "trades", "bars")

Node = Any  # nautilus is typed by Cython: nothing of it is known to mypy


def watch(
    node: Node,
    metrics: TradingMetrics,
    *,
    guard: Guard | None = None,
    marks: Iterable[str] = (),
    equity: str | None = None,
    poll_seconds: float | None = None,
) -> Watch:
    """Record what the strategies of a node do; call it after they were added and before the node runs.

    Args:
        node: A ``TradingNode`` or a ``BacktestEngine``.
        metrics: Where orders, fills, prices and equity are recorded. Its guard is told of rejects and of orders that
            ended.
        guard: If given, its state is held on the node's risk engine. Most often ``metrics.guard``.
        marks: Which prices value the positions: ``quotes`` (the middle), ``trades``, ``bars`` (the close). Only what
            the strategies have subscribed to comes by. Without any, a position keeps the price of its last fill.
        equity: The currency, such as ``USDT``, in which the equity is taken from the node's accounts.
        poll_seconds: How often a heartbeat is given and the accounts are looked at, by the node's clock: each second
            of a live node and each minute of a backtest.

    Raises:
        MissingExtraError: nautilus_trader is not installed.
        ValueError: It is no node, it runs already or is watched already, or a setting cannot be used.
    """
    load("nautilus_trader", "nautilus", "Watching nautilus_trader", install="nautilus_trader")
    kernel = _kernel_of(node)
    wanted = tuple(marks)
    if unknown := [mark for mark in wanted if mark not in MARKS]:
        raise ValueError(f"marks must be among {', '.join(MARKS)}, was {unknown[0]!r}")
    live = kernel.environment.name != "BACKTEST"
    seconds = poll_seconds if poll_seconds is not None else LIVE_POLL_SECONDS if live else BACKTEST_POLL_SECONDS
    if not seconds > 0:
        raise ValueError(f"poll_seconds must be above 0, was {poll_seconds!r}")
    watched = Watch(kernel, metrics, guard, loop=kernel.loop if live else None)
    watched.install(wanted, _Equity(kernel, equity) if equity is not None else None, seconds)
    return watched


def _kernel_of(node: Node) -> Node:
    kernel = getattr(node, "kernel", None)
    if kernel is None or not hasattr(kernel, "risk_engine"):
        raise ValueError(f"node must be a TradingNode or a BacktestEngine of nautilus_trader, was {node!r}")
    if kernel.trader.is_running:
        raise ValueError("the node runs already; watch it before node.run() or engine.run()")
    if any(str(known) == ACTOR_ID for known in kernel.trader.actor_ids()):
        raise ValueError("this node is watched already")
    return kernel


class Watch:
    """What watches one node, and halts it.

    Args:
        kernel: Of the node.
        metrics: Where is recorded.
        guard: Whose state the risk engine holds.
        loop: The event loop of a live node.
    """

    def __init__(self, kernel: Node, metrics: TradingMetrics, guard: Guard | None, *, loop: Node | None) -> None:
        self._kernel = kernel
        self._metrics = metrics
        self._guard = guard
        self._loop = loop
        self._drops: Drops = metrics.registry.drops
        self._orders = _Orders(kernel.cache, metrics, guard if guard is not None else metrics.guard)
        self._desk = _Desk(kernel)
        self._halted = False
        self._halted_epoch = 0
        self._stepping = False
        self._thread: int | None = None
        self._equity: _Equity | None = None

    def install(self, marks: Iterable[str], equity: _Equity | None, poll_seconds: float) -> None:
        """Add the actor to the node."""
        module, config = load_nautilus("common.actor"), load_nautilus("common.config")
        self._equity = equity

        def on_start(actor: Node) -> None:
            self._safely(lambda: self._start(actor, marks, poll_seconds))

        methods = {
            "on_start": on_start,
            "on_resume": on_start,
            # It goes on listening: strategies that close their positions when they stop do so after the actors stopped.
            "on_stop": lambda _: self._safely(self._poll),
            "on_reset": lambda _: None,
        }
        actor_class = type("DeskwatchActor", (module.Actor,), methods)
        self._kernel.trader.add_actor(actor_class(config.ActorConfig(component_id=ACTOR_ID)))

    def halt(self, reason: str = "asked to halt") -> None:
        """Halt the node: deny new orders, stop the strategies, cancel all orders, close all positions.

        It may be called from any thread and returns at once. A live node starts when its loop comes to it, a backtest
        at the next event. What is rejected or arrives late is cancelled or closed again at each poll until nothing is
        open.

        Args:
            reason: Why, for the guard's latch; the guard that was given halts too.
        """
        if self._guard is not None:
            self._guard.halt(reason)
        self._ask_to_halt()

    def on_trip(self, trip: Trip) -> None:
        """Do what a trip says; for ``Guard(limits, on_trip=lambda trip: watched.on_trip(trip))``."""
        if trip.state is GuardState.HALTED:
            self._ask_to_halt()
        else:
            self._in_node(self._step)

    def _ask_to_halt(self) -> None:
        if self._guard is not None:
            self._halted_epoch = self._guard.epoch
        self._halted = True
        self._in_node(self._step)

    def _start(self, actor: Node, marks: Iterable[str], poll_seconds: float) -> None:
        first, self._thread = self._thread is None, threading.get_ident()
        if first:
            self._listen(actor.msgbus, marks)
            self._orders.take_over(self._kernel.cache.positions_open())
        actor.clock.set_timer("deskwatch", timedelta(seconds=poll_seconds), callback=self._tick)
        self._poll()

    def _listen(self, msgbus: Node, marks: Iterable[str]) -> None:
        # Topic by topic: with "*" each fill would come twice, as it is published as an order's and as a fill.
        msgbus.subscribe("events.order.*", self._handler(self._take_order))
        for mark in marks:
            msgbus.subscribe(f"data.{mark}.*", self._handler(getattr(self, f"_take_{mark}")))

    def _handler(self, take: Callable[[Node], None]) -> Callable[[Node], None]:
        def handle(message: Node) -> None:
            try:
                take(message)
            except Exception as error:  # noqa: BLE001  (what leaves a handler ends the run)
                self._failed(error)
            self._step()

        return handle

    def _take_order(self, event: Node) -> None:
        self._orders.take(event, self._kernel.clock.timestamp_ns())

    def _take_quotes(self, quote: Node) -> None:
        self._mark(quote.instrument_id, (quote.bid_price.as_decimal() + quote.ask_price.as_decimal()) / 2, quote)

    def _take_trades(self, trade: Node) -> None:
        self._mark(trade.instrument_id, trade.price.as_decimal(), trade)

    def _take_bars(self, bar: Node) -> None:
        self._mark(bar.bar_type.instrument_id, bar.close.as_decimal(), bar)

    def _mark(self, instrument_id: Node, price: Decimal, data: Node) -> None:
        self._metrics.record_mark(str(instrument_id), price, _seconds(data.ts_event))

    def _tick(self, _: Node) -> None:
        self._in_node(lambda: self._safely(self._poll))

    def _poll(self) -> None:
        self._metrics.heartbeat()
        if self._equity is not None:
            equity, known = self._equity.read()
            if equity is not None:
                self._metrics.record_equity(equity, _seconds(self._kernel.clock.timestamp_ns()))
            elif known:
                self._drops.count(DropReason.EQUITY)
        self._desk.ask_again()
        self._step()

    def _step(self) -> None:
        if self._stepping:  # what we send is answered by an event while we are still at it
            return
        self._stepping = True
        try:
            self._safely(self._hold)
        finally:
            self._stepping = False

    def _hold(self) -> None:
        if self._guard is not None and self._guard.epoch != self._halted_epoch:
            self._halted = False  # a person has reset the guard
        if self._halted:
            self._desk.hold(GuardState.HALTED)
            self._desk.flatten()
        elif self._guard is not None:
            self._desk.hold(state_of(self._guard))

    def _in_node(self, work: Callable[[], None]) -> None:
        if threading.get_ident() == self._thread:
            work()
        elif self._loop is not None and self._thread is not None:
            try:
                self._loop.call_soon_threadsafe(work)
            except RuntimeError as error:  # the loop is closed, and with it the node's connections
                self._failed(error)

    def _safely(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  (as above)
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._drops.count(DropReason.INTERNAL)
        diagnostics.say("nautilus", f"watching nautilus_trader failed, look at the node itself: {error!r}")


class _Orders:
    """Records the events of orders."""

    def __init__(self, cache: Node, metrics: TradingMetrics, guard: Guard | None) -> None:
        self._cache = cache
        self._metrics = metrics
        self._guard = guard

    def take(self, event: Node, now_ns: int) -> None:
        """Record one event."""
        name, order = type(event).__name__, self._cache.order(event.client_order_id)
        if name == "OrderFilled":
            self._fill(event)
            if order is not None:
                self._filled(order, now_ns)
            return
        status = _STATUS.get(name)
        if status is None or order is None:
            return
        answered = name in ("OrderAccepted", "OrderRejected") and order.ts_submitted
        self._record(order, status, (now_ns - order.ts_submitted) / 1e9 if answered else None)
        if status in ("rejected", "denied") and (word := reason_word(event.reason)):
            self._record(order, f"{status}_{word}")
        self._tell(order, status)

    def take_over(self, positions: Iterable[Node]) -> None:
        """Record positions from before as one fill each, at their average price and without a fee."""
        for position in positions:
            instrument = self._cache.instrument(position.instrument_id)
            self._metrics.record_fill(
                str(position.instrument_id),
                "BUY" if position.is_long else "SELL",
                position.quantity.as_decimal() * _units(instrument),
                position.avg_px_open,
                order_id=position.opening_order_id,
                market_time=_seconds(position.ts_opened),
            )

    def _fill(self, event: Node) -> None:
        instrument = self._cache.instrument(event.instrument_id)
        fee = _fee(event, instrument)
        if fee is None:
            self._metrics.registry.drops.count(DropReason.FILL)
            diagnostics.say(
                "fee", f"a fee in {event.commission.currency} is not in the instrument's currency: left out"
            )
        self._metrics.record_fill(
            str(event.instrument_id),
            "BUY" if event.is_buy else "SELL",
            event.last_qty.as_decimal() * _units(instrument),
            event.last_px.as_decimal(),
            fee if fee is not None else 0,
            order_id=event.venue_order_id,
            market_time=_seconds(event.ts_event),
        )

    def _filled(self, order: Node, now_ns: int) -> None:
        # A market order of a backtest is never accepted: its first fill is its answer.
        answers = [type(known).__name__ for known in order.events[-2:]] == ["OrderSubmitted", "OrderFilled"]
        latency = (now_ns - order.ts_submitted) / 1e9 if answers else None
        if answers and self._guard is not None:
            self._guard.order_accepted()
        if order.is_closed:
            self._record(order, "filled", latency)
        elif answers:
            self._record(order, "partially_filled", latency)

    def _record(self, order: Node, status: str, latency_seconds: float | None = None) -> None:
        self._metrics.record_order(str(order.instrument_id), _side(order), status, latency_seconds)

    def _tell(self, order: Node, status: str) -> None:
        if self._guard is None:
            return
        if status == "accepted":
            self._guard.order_accepted()
        if status in ("rejected", "denied", "cancelled", "expired"):
            units = order.leaves_qty.as_decimal() * _units(self._cache.instrument(order.instrument_id))
            self._guard.order_closed(str(order.instrument_id), _side(order), units)
        if status == "rejected":
            self._guard.order_rejected()


class _Equity:
    """What the accounts of the node are worth in one currency."""

    def __init__(self, kernel: Node, currency: str) -> None:
        self._cache = kernel.cache
        self._portfolio = kernel.portfolio
        self._currency = load_nautilus("model.objects").Currency.from_str(currency)

    def read(self) -> tuple[Decimal | None, bool]:
        """Return balances and open positions together, or None; and whether there is an account at all."""
        balances = [balance for account in self._cache.accounts() if (balance := account.balance_total(self._currency))]
        if not balances:
            return None, False
        held = [self._held(instrument_id) for instrument_id in {p.instrument_id for p in self._cache.positions_open()}]
        known = [value.as_decimal() for value in held if value is not None and value.currency == self._currency]
        if len(known) < len(held):
            return None, True
        return sum((balance.as_decimal() for balance in balances), Decimal(0)) + sum(known, Decimal(0)), True

    def _held(self, instrument_id: Node) -> Node | None:
        # The balance of a margin account has not paid for its positions, that of a cash account has.
        account = self._portfolio.account(instrument_id.venue)
        if account is None:
            return None
        portfolio = self._portfolio
        return (portfolio.unrealized_pnl if account.is_margin_account else portfolio.net_exposure)(instrument_id)


class _Desk:
    """Holds a state on the risk engine, and makes the node flat. Only in the node's thread."""

    def __init__(self, kernel: Node) -> None:
        self._kernel = kernel
        self._states = load_nautilus("model.enums").TradingState
        self._cancelling: set[Node] = set()
        self._closing: dict[Node, Node] = {}

    def hold(self, state: GuardState) -> None:
        """Set the trading state, if it is another."""
        # REDUCING of nautilus stops what adds to a position, and lets an order open one where there is none.
        if state is GuardState.REDUCING and self._kernel.portfolio.is_completely_flat():
            state = GuardState.HALTED
        risk_engine, wanted = self._kernel.risk_engine, self._states[state.value]
        if risk_engine.trading_state != wanted:
            risk_engine.set_trading_state(wanted)

    def ask_again(self) -> None:
        """Forget which cancels were asked for: what is still open may have missed them."""
        self._cancelling.clear()

    def flatten(self) -> None:
        """Stop the strategies, cancel what is open and close what is held, each as long as it is needed."""
        for strategy in self._kernel.trader.strategies():
            if strategy.is_running:
                strategy.stop()
        for order in self._working():
            if not order.is_closed:  # by what another cancel brought about
                self._cancelling.add(order.client_order_id)
                self._cancel(order)
        for position in self._kernel.cache.positions_open():
            sent = self._closing.get(position.id)
            if position.is_open and (sent is None or sent.is_closed):
                self._close(position)

    def _working(self) -> Iterator[Node]:
        cache, ours = self._kernel.cache, {order.client_order_id for order in self._closing.values()}
        for order in [*cache.orders_open(), *cache.orders_inflight(), *cache.orders_emulated()]:
            if order.client_order_id not in ours and order.client_order_id not in self._cancelling:
                yield order

    def _cancel(self, order: Node) -> None:
        command = load_nautilus("execution.messages").CancelOrder(
            trader_id=order.trader_id,
            strategy_id=order.strategy_id,
            instrument_id=order.instrument_id,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            command_id=_new_id(),
            ts_init=self._kernel.clock.timestamp_ns(),
            client_id=self._kernel.cache.client_id(order.client_order_id),
        )
        endpoint = "OrderEmulator.execute" if order.is_emulated else "ExecEngine.execute"
        self._kernel.msgbus.send(endpoint, command)

    def _close(self, position: Node) -> None:
        now_ns, unique = self._kernel.clock.timestamp_ns(), _new_id()
        order = load_nautilus("model.orders").MarketOrder(
            trader_id=position.trader_id,
            strategy_id=position.strategy_id,
            instrument_id=position.instrument_id,
            client_order_id=load_nautilus("model.identifiers").ClientOrderId(f"DW-{str(unique)[:18]}"),
            order_side=position.closing_order_side(),
            quantity=position.quantity,
            init_id=unique,
            ts_init=now_ns,
            reduce_only=True,
        )
        self._closing[position.id] = order
        self._kernel.cache.add_order(order, position.id)
        command = load_nautilus("execution.messages").SubmitOrder(
            trader_id=position.trader_id,
            strategy_id=position.strategy_id,
            order=order,
            command_id=_new_id(),
            ts_init=now_ns,
            position_id=position.id,
        )
        # Past the risk engine, which is HALTED by now and would deny it.
        self._kernel.msgbus.send("ExecEngine.execute", command)


_STATUS: Final = {
    "OrderSubmitted": "sent",
    "OrderAccepted": "accepted",
    "OrderRejected": "rejected",  # by the venue
    "OrderDenied": "denied",  # by nautilus itself
    "OrderTriggered": "triggered",
    "OrderCanceled": "cancelled",
    "OrderExpired": "expired",
    "OrderModifyRejected": "modify_rejected",
    "OrderCancelRejected": "cancel_rejected",
}

_REASONS: Final = (  # what stands in a reason, which is a text with numbers in it; the first that fits
    ("tradingstate.halted", "halted"),
    ("tradingstate is halted", "halted"),
    ("tradingstate.reducing", "reducing"),
    ("post_only", "post_only"),
    ("post-only", "post_only"),
    ("reduce_only", "reduce_only"),
    ("reduce only", "reduce_only"),
    ("free_balance", "balance"),
    ("insufficient", "balance"),
    ("submit_rate", "rate"),
    ("rate limit", "rate"),
    ("notional", "notional"),
    ("quantity", "quantity"),
    ("size precision", "quantity"),
    ("no market", "no_market"),
    ("short selling", "short_selling"),
    ("duplicate", "duplicate"),
    ("price", "price"),
    (" px ", "price"),
)


def reason_word(reason: object) -> str:
    """Return the fixed word for a reason that nautilus or a venue gave; empty if it is none of the known."""
    text = str(reason).lower()
    return next((word for part, word in _REASONS if part in text), "")


def state_of(guard: Guard) -> GuardState:
    """Return what the guard lets through now; HALTED as well while it is not armed."""
    if guard.allow_entry():
        return GuardState.ACTIVE
    return GuardState.REDUCING if guard.allow(Intent.EXIT) is Allowed.YES else GuardState.HALTED


def load_nautilus(module: str) -> Node:
    """Return a module of nautilus_trader."""
    return load(f"nautilus_trader.{module}", "nautilus", "Watching nautilus_trader", install="nautilus_trader")


def _new_id() -> Node:
    return load_nautilus("core.uuid").UUID4()


def _side(order: Node) -> str:
    return "BUY" if order.is_buy else "SELL"


def _seconds(nanoseconds: int) -> float:
    return nanoseconds / 1e9


def _units(instrument: Node) -> Decimal:
    # An inverse contract stays in contracts: its price is not that of the money in it.
    return Decimal(1) if instrument is None or instrument.is_inverse else instrument.multiplier.as_decimal()


def _fee(event: Node, instrument: Node) -> Decimal | None:
    """Return the commission in the instrument's currency; None if it is in a third one."""
    fee, currency = event.commission.as_decimal(), event.commission.currency
    if not fee or instrument is None or currency == instrument.get_cost_currency():
        return Decimal(fee)
    return Decimal(fee * event.last_px.as_decimal()) if currency == instrument.get_base_currency() else None
