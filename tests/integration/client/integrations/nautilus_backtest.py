"""A real backtest of nautilus_trader on real prices, watched; prints what deskwatch and nautilus say, as JSON.

Run by the interpreter of nautilus' own environment, with deskwatch's source on PYTHONPATH.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.examples.strategies.ema_cross import EMACross, EMACrossConfig
from nautilus_trader.model import BarType, Money, TraderId, Venue
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler

from deskwatch import Guard, Intent, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client.integrations.nautilus import deskwatch_actor

ID = InstrumentId(Symbol("BTCUSDT-PERP"), Venue("BINANCE"))
BAR_TYPE = BarType.from_str(f"{ID}-1-MINUTE-LAST-EXTERNAL")
STARTING = 100_000


class Links:
    def __init__(self):
        self.fills = []

    def send(self, record, *, urgent=False):
        if record["kind"] == "fill":
            self.fills.append(record)

    def announce(self, metrics_url, now_ms): ...

    def close(self, timeout_seconds=2.0):
        return True


def instrument() -> CryptoPerpetual:
    return CryptoPerpetual(
        instrument_id=ID,
        raw_symbol=ID.symbol,
        base_currency=BTC,
        quote_currency=USDT,
        settlement_currency=USDT,
        is_inverse=False,
        price_precision=1,
        size_precision=3,
        price_increment=Price.from_str("0.1"),
        size_increment=Quantity.from_str("0.001"),
        max_quantity=Quantity.from_str("10.000"),  # the risk engine denies what is above
        min_quantity=Quantity.from_str("0.001"),
        max_price=None,
        min_price=None,
        margin_init=Decimal("0.05"),
        margin_maint=Decimal("0.025"),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0004"),
        ts_event=0,
        ts_init=0,
    )


def bars(path: str, limit: int):
    with gzip.open(path, "rt") as file:
        rows = list(islice(csv.DictReader(file), limit))
    frame = pd.DataFrame(rows).set_index("timestamp").astype(float)
    frame.index = pd.DatetimeIndex([datetime.fromisoformat(at) + timedelta(minutes=1) for at in frame.index])
    return BarDataWrangler(BAR_TYPE, instrument()).process(frame[["open", "high", "low", "close", "volume"]])


class Wild(EMACross):
    """EMACross, which now and then sends an order that the venue rejects, and one that the risk engine denies."""

    def on_bar(self, bar):
        super().on_bar(bar)
        self.count = getattr(self, "count", 0) + 1
        if self.count % 1000 == 500:
            price = self.instrument.make_price(float(bar.close) * 1.05)
            quantity = self.instrument.make_qty(0.01)
            self.submit_order(self.order_factory.limit(ID, OrderSide.BUY, quantity, price, post_only=True))
        if self.count % 1000 == 700:
            self.submit_order(self.order_factory.market(ID, OrderSide.BUY, self.instrument.make_qty(50)))
        if self.count % 1000 == 900:
            price = self.instrument.make_price(float(bar.close) * 0.5)
            resting = self.order_factory.limit(ID, OrderSide.BUY, self.instrument.make_qty(0.01), price)
            self.submit_order(resting)
            self.cancel_order(resting)


def main(prices: str, limit: int, max_drawdown: float) -> None:
    registry, link = Registry(), Links()
    guard = Guard([MaxDrawdown(max_drawdown)]) if max_drawdown else None
    metrics = TradingMetrics("ema", "USDT", starting_equity=STARTING, registry=registry, link=link, guard=guard)
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BACKTEST-001"),
            logging=LoggingConfig(bypass_logging=True),
            risk_engine=RiskEngineConfig(),
        )
    )
    engine.add_venue(
        Venue("BINANCE"),
        OmsType.NETTING,
        AccountType.MARGIN,
        starting_balances=[Money(STARTING, USDT)],
        base_currency=None,
    )
    engine.add_instrument(instrument())
    engine.add_data(bars(prices, limit))
    config = EMACrossConfig(
        instrument_id=ID, bar_type=BAR_TYPE, trade_size=Decimal("0.5"), request_bars=False, subscribe_trade_ticks=False
    )
    engine.add_strategy(Wild(config))
    risk = engine.kernel.risk_engine if guard is not None else None
    engine.add_actor(deskwatch_actor(metrics, "BINANCE", currency="USDT", risk_engine=risk))
    engine.run()
    account = engine.portfolio.account(Venue("BINANCE"))
    reports = engine.trader.generate_order_fills_report(), engine.trader.generate_positions_report()
    orders = engine.cache.orders()
    own = {
        "fills": sum(len(order.trade_ids) for order in orders),
        "orders_filled": len(reports[0]),
        "rejected": sum(order.status.name == "REJECTED" for order in orders),
        "denied": sum(order.status.name == "DENIED" for order in orders),
        "cancelled": sum(order.status.name == "CANCELED" for order in orders),
        "positions": len(reports[1]),
        "realized": sum(float(str(pnl).split()[0]) for pnl in reports[1]["realized_pnl"]),
        "commissions": sum(float(money.as_decimal()) for order in orders for money in order.commissions()),
        "balance": float(account.balance_total(USDT).as_decimal()),
        "first_fill_ns": min(order.ts_last for order in orders if order.status.name == "FILLED"),
        "trading_state": engine.kernel.risk_engine.trading_state.name,
    }
    ledger, exposed = metrics.ledger, registry.expose(with_prometheus_client=False).decode().splitlines()
    ours = {
        "fills": len(link.fills),
        "net": float(ledger.position(str(ID)).quantity),
        "realized": float(ledger.realized_pnl),
        "fees": float(ledger.fees),
        "equity": float(ledger.equity),
        "trades": sum(float(line.split()[-1]) for line in exposed if line.startswith("trading_trades_total{")),
        "exposed": exposed,
        "first_market_ts_ms": link.fills[0]["market_ts_ms"],
        "first_ts_ms": link.fills[0]["ts_ms"],
        "drops": registry.drops.total,
        "guard": guard.state if guard is not None else None,
        "entries": guard.allow(Intent.ENTRY).value if guard is not None else None,
    }
    print(json.dumps({"nautilus": own, "deskwatch": ours}))
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
