"""A real live node of nautilus_trader with its sandbox for a venue; another thread halts it. Prints JSON.

Run by the interpreter of nautilus' own environment, with deskwatch's source on PYTHONPATH.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from decimal import Decimal

from nautilus_backtest import ID, Links, instrument
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.adapters.sandbox.factory import SandboxLiveExecClientFactory
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.config import LiveDataClientConfig, LoggingConfig, StrategyConfig, TradingNodeConfig
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.factories import LiveDataClientFactory
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model import TraderId, Venue
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import ClientId
from nautilus_trader.trading.strategy import Strategy

from deskwatch import Guard, Registry, TradingMetrics
from deskwatch.client.integrations.nautilus import deskwatch_actor

VENUE = Venue("BINANCE")
QUOTES_A_SECOND = 50


class Quotes(LiveMarketDataClient):
    async def _connect(self):
        self._handle_data(instrument())

    async def _disconnect(self):
        self.task.cancel()

    async def _subscribe_quote_ticks(self, command):
        self.task = self.create_task(self.quote())

    async def _unsubscribe_quote_ticks(self, command): ...

    async def quote(self):
        made, number = instrument(), 0
        while True:
            number += 1
            now, price, size = self._clock.timestamp_ns(), 40_000 + number % 7, made.make_qty(5)
            bid, ask = made.make_price(price), made.make_price(price + 1)
            self._handle_data(QuoteTick(ID, bid, ask, size, size, now, now))
            await asyncio.sleep(1 / QUOTES_A_SECOND)


class QuotesFactory(LiveDataClientFactory):
    @staticmethod
    def create(loop, name, config, msgbus, cache, clock):  # noqa: PLR0917  (nautilus' own)
        return Quotes(loop, ClientId(name), VENUE, msgbus, cache, clock, InstrumentProvider(), config)


class Back(Strategy):
    """Buys and sells in turn, an order every fifth quote; a limit order rests and is cancelled."""

    def on_start(self):
        self.number = 0
        self.subscribe_quote_ticks(ID)

    def on_quote_tick(self, tick):
        self.number += 1
        if self.number % 5:
            return
        side = OrderSide.BUY if self.number % 10 else OrderSide.SELL
        self.submit_order(self.order_factory.market(ID, side, instrument().make_qty(0.01)))


def main() -> None:
    registry, link = Registry(), Links()
    guard = Guard(on_trip=lambda trip: actor.follow_guard())
    metrics = TradingMetrics("back", "USDT", registry=registry, link=link, guard=guard)
    sandbox = SandboxExecutionClientConfig(
        venue="BINANCE", starting_balances=["100_000 USDT"], default_leverage=Decimal(10), account_type="MARGIN"
    )
    node = TradingNode(
        TradingNodeConfig(
            trader_id=TraderId("LIVE-001"),
            logging=LoggingConfig(log_level="ERROR", print_config=False),
            data_clients={"BINANCE": LiveDataClientConfig()},
            exec_clients={"BINANCE": sandbox},
            timeout_disconnection=1.0,
            timeout_post_stop=0.1,
        )
    )
    node.add_data_client_factory("BINANCE", QuotesFactory)
    node.add_exec_client_factory("BINANCE", SandboxLiveExecClientFactory)
    node.build()
    node.trader.add_strategy(Back(StrategyConfig()))
    actor = deskwatch_actor(metrics, "BINANCE", currency="USDT", risk_engine=node.kernel.risk_engine, poll_seconds=0.1)
    node.trader.add_actor(actor)
    said = {}

    def halt() -> None:
        deadline = time.monotonic() + 20
        while len(link.fills) < 6 and time.monotonic() < deadline:
            time.sleep(0.02)
        guard.halt("told to")
        denied = 'broker_rejects_total{broker="BINANCE",reason="risk"}'
        while denied not in positive(registry) and time.monotonic() < deadline:
            time.sleep(0.02)
        said["fills_when_denied"] = len(link.fills)
        before = heartbeat(registry)
        while heartbeat(registry) <= before and time.monotonic() < deadline:
            time.sleep(0.02)
        node.kernel.loop.call_soon_threadsafe(node.stop)

    threading.Thread(target=halt, daemon=True).start()
    node.run()
    orders = node.kernel.cache.orders()
    account = node.kernel.portfolio.account(VENUE)
    own = {
        "fills": sum(len(order.trade_ids) for order in orders),
        "denied": sum(order.status.name == "DENIED" for order in orders),
        "net": float(node.kernel.portfolio.net_position(ID)),
        "balance": float(sum(money.as_decimal() for money in account.balances_total().values())),
        "unrealized": float(sum(money.as_decimal() for money in node.kernel.portfolio.unrealized_pnls(VENUE).values())),
        "trading_state": node.kernel.risk_engine.trading_state.name,
    }
    ours = {
        "fills": len(link.fills),
        "net": float(metrics.ledger.position(str(ID)).quantity),
        "equity": float(metrics.ledger.equity),
        "market_lag_seconds": [(fill["ts_ms"] - fill["market_ts_ms"]) / 1000 for fill in link.fills],
        "exposed": registry.expose(with_prometheus_client=False).decode().splitlines(),
        "drops": registry.drops.total,
        "guard": guard.state,
        **said,
    }
    node.dispose()
    print("\n" + json.dumps({"nautilus": own, "deskwatch": ours}))  # nautilus' own lines go to the same output


def positive(registry: Registry) -> str:
    lines = registry.expose(with_prometheus_client=False).decode().splitlines()
    return "\n".join(line for line in lines if not line.endswith(" 0.0"))


def heartbeat(registry: Registry) -> float:
    lines = registry.expose(with_prometheus_client=False).decode().splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("bot_heartbeat_timestamp_seconds ")), 0.0)


if __name__ == "__main__":
    sys.exit(main())
