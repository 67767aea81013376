"""Watch nautilus_trader from an actor on its message bus, in a backtest and in a live node.

The actor subscribes to the topics of orders and of positions; the topic ``*`` would bring each fill twice. Accounts are
not published, so they are looked up. Nothing that it does raises into nautilus.

Way:     events.order.*, events.position.*, data.* → [the actor] → nautilus_events → TradingMetrics.
Threads: all on the node's own loop; ``follow_guard`` may be called from any thread.
Time:    both: the event's own time goes along as market time.
Source:  https://nautilustrader.io/docs/latest/concepts/message_bus and .../actors
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.guard import Guard, GuardState
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.nautilus_events import NautilusEvents
from deskwatch.errors import DeskwatchError

POLL_SECONDS: Final = 5.0
"""Between two looks at the account of a live node."""

_TIMER: Final = "deskwatch"


def deskwatch_actor(
    metrics: TradingMetrics,
    venue: str,
    *,
    currency: str,
    guard: Guard | None = None,
    risk_engine: Any = None,  # noqa: ANN401  (nautilus' RiskEngine)
    marks: bool = True,
    poll_seconds: float = POLL_SECONDS,
    broker: BrokerMetrics | None = None,
) -> Any:  # noqa: ANN401  (an Actor of nautilus')
    """Return an actor for ``engine.add_actor(...)`` or ``node.trader.add_actor(...)``.

    Args:
        metrics: Where orders, fills and equity are recorded.
        venue: The venue whose account is looked up.
        currency: Of the account.
        guard: Told of orders and positions; by default that of ``metrics``.
        risk_engine: If given, it follows the guard: HALTED and REDUCING become its trading state. It stands in
            ``engine.kernel.risk_engine`` or ``node.kernel.risk_engine``.
        marks: Value positions at the quotes, trades and bars that strategies have subscribed to.
        poll_seconds: Between two looks at the account of a live node; a backtest is looked at when positions change.
        broker: Where the venue's rejects are recorded; by default a recorder of its name, beside ``metrics``.

    Raises:
        DeskwatchError: nautilus_trader is not installed.
        ValueError: The name of the venue is empty or too long.
    """
    actor_class: Any = _nautilus("common.actor").Actor
    config_class = _nautilus("common.config").ActorConfig
    work = _Work(
        metrics,
        guard if guard is not None else metrics.guard,
        venue,
        currency,
        risk_engine=risk_engine,
        broker=broker if broker is not None else BrokerMetrics(venue, registry=metrics.registry),
    )

    class DeskwatchActor(actor_class):  # type: ignore[misc]
        """Hands what nautilus tells to deskwatch; nautilus calls ``on_start`` and ``on_stop``."""

        def __init__(self) -> None:
            super().__init__(config_class(component_id="deskwatch"))

        def on_start(self) -> None:
            work.start(self, marks=marks, poll_seconds=poll_seconds)

        def on_stop(self) -> None:
            work.safely(work.look)

        def follow_guard(self) -> None:
            """Bring the guard's state into the risk engine; from any thread."""
            work.follow_guard_soon()

    return DeskwatchActor()


class _Work:
    """What the actor does."""

    def __init__(
        self,
        metrics: TradingMetrics,
        guard: Guard | None,
        venue: str,
        currency: str,
        *,
        risk_engine: Any,  # noqa: ANN401  (as above)
        broker: BrokerMetrics,
    ) -> None:
        self._metrics = metrics
        self._guard = guard
        self._broker = broker
        self._venue_name = venue
        self._currency = currency
        self._risk_engine = risk_engine
        self._drops = metrics.registry.drops
        self._loop: asyncio.AbstractEventLoop | None = None
        self._actor: Any = None
        self._venue_id: Any = None
        self._followed = GuardState.ACTIVE

    def start(self, actor: Any, *, marks: bool, poll_seconds: float) -> None:  # noqa: ANN401  (as above)
        self._actor = actor
        self._venue_id = _nautilus("model.identifiers").Venue(self._venue_name)
        live = type(actor.clock).__name__ != "TestClock"
        events = NautilusEvents(
            self._metrics,
            self._guard,
            self._broker,
            instrument=actor.cache.instrument,
            order=actor.cache.order,
            timer=time.perf_counter if live else None,
        )
        self._subscribe("events.order.*", events.saw_order)
        self._subscribe("events.position.*", lambda event: self._position(events, event))
        if marks:
            self._subscribe("data.quotes.*", events.saw_quote)
            self._subscribe("data.trades.*", events.saw_trade)
            self._subscribe("data.bars.*", events.saw_bar)
        if live:
            self._loop = asyncio.get_running_loop()
            interval = timedelta(seconds=poll_seconds)
            actor.clock.set_timer(_TIMER, interval, callback=lambda _: self.safely(self._poll))
        self.safely(self._poll)

    def safely(self, deed: Callable[..., object], *arguments: object) -> None:
        """Do something; a fault in it is counted and does not reach nautilus, which would stop for it."""
        try:
            deed(*arguments)
        except Exception:  # noqa: BLE001  (another version may name things otherwise)
            self._drops.count(DropReason.INTERNAL)

    def look(self) -> None:
        """Record the equity of the account: its balance, and what its positions gained or, of cash, are worth."""
        account = self._actor.portfolio.account(self._venue_id)
        if account is None:
            return
        portfolio = self._actor.portfolio
        positions = portfolio.net_exposures if account.is_cash_account else portfolio.unrealized_pnls
        money = [*account.balances_total().values(), *(positions(self._venue_id) or {}).values()]
        amounts = [untrusted.money(str(each.as_decimal())) for each in money if str(each.currency) == self._currency]
        known = [amount for amount in amounts if amount is not None]
        if known:
            self._metrics.record_equity(sum(known), self._actor.clock.timestamp_ns() / 1e9)

    def follow_guard(self) -> None:
        """Bring the guard's state into the risk engine, if there are both."""
        state = self._guard.state if self._guard is not None else GuardState.ACTIVE
        if self._risk_engine is None or state is self._followed:
            return
        self._followed = state
        trading_state = _nautilus("model.enums").TradingState
        self._risk_engine.set_trading_state(getattr(trading_state, state.value))

    def follow_guard_soon(self) -> None:
        if self._loop is None:
            self.safely(self.follow_guard)
        else:
            self._loop.call_soon_threadsafe(self.safely, self.follow_guard)

    def _poll(self) -> None:
        self._metrics.heartbeat()
        self.look()
        self.follow_guard()

    def _subscribe(self, topic: str, handler: Callable[[Any], None]) -> None:
        def handle(event: Any) -> None:  # noqa: ANN401  (as above)
            self.safely(handler, event)
            self.safely(self.follow_guard)

        self._actor.msgbus.subscribe(topic, handle)

    def _position(self, events: NautilusEvents, event: Any) -> None:  # noqa: ANN401  (as above)
        net = self._actor.portfolio.net_position(event.instrument_id)
        events.saw_position(event.instrument_id, net, event.last_px)
        self.look()


def _nautilus(module: str) -> ModuleType:
    """Return a module of nautilus_trader, which no extra brings: it is far larger than deskwatch, and pins a lot."""
    try:
        return import_module(f"nautilus_trader.{module}")
    except ModuleNotFoundError as error:
        raise DeskwatchError("watching nautilus_trader needs it installed: pip install nautilus_trader") from error
