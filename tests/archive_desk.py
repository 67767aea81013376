"""A strategy with an archive, and what two ledgers must have in common to be one."""

from __future__ import annotations

from typing import Any

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import FillArchive, Instrument, Registry, TradingMetrics
from deskwatch.client.trading import Ledger
from deskwatch.client.trading.resuming import standing_of

INSTRUMENTS = [Instrument("SAP", "EUR"), Instrument("ES", multiplier=50), Instrument("COIN", "BTC", inverse=True)]


class ArchivedDesk:
    """A recorder that keeps its fills at a URL."""

    def __init__(self, url: str, *, strategy: str = "mom", start: float = 1_641_038_400.0, **given: Any) -> None:
        self.clock = ManualSeconds(start)
        self.registry = Registry()
        self.archive = FillArchive(url, drops=self.registry.drops)
        settings = {"starting_equity": 10_000, "instruments": INSTRUMENTS, **given}
        self.metrics = TradingMetrics(
            strategy,
            registry=self.registry,
            link=CollectingLink(),
            clock=self.clock,
            archive=self.archive,
            **settings,
        )

    @property
    def ledger(self) -> Ledger:
        return self.metrics.ledger

    def trade(self) -> None:
        """Live a day with everything in it."""
        record = self.metrics
        record.record_rate("EUR", "USD", 1.1)
        record.record_rate("BTC", "USD", 40_000)
        record.record_fill("SAP", "BUY", 10, 100, fee=1, order_id="o-1")
        record.record_mark("SAP", 120)
        record.record_fill("SAP", "SELL", 3, 119, fee="0.5", fee_currency="USD")
        record.record_mark("SAP", 90)
        record.record_split("SAP", 4)
        self.clock.now += 90_000
        record.record_fill("COIN", "SELL", 5_000, 41_000)
        record.record_mark("COIN", 41_000)
        record.record_funding("COIN", "-0.0001")
        record.record_mark("COIN", 40_500)
        record.record_equity(9_000)
        self.clock.now += 90_000
        record.record_fill("ES", "BUY", 1, 4_000)
        record.record_fill("ES", "SELL", 2, 4_010)
        record.record_mark("ES", 4_000)
        record.record_rate("EUR", "USD", 1.05)
        self.clock.now += 10


def state_of(ledger: Ledger) -> dict[str, Any]:
    """Return all that a ledger knows and shows."""
    sums = ("realized", "unrealized", "fees", "funding", "long", "short", "rate", "rated_at")
    held = ("quantity", "cost", "value", "mark_price", "marked", "trade_pnl")
    now = ledger.now
    return {
        "standing": standing_of(ledger),
        "purses": {name: [getattr(purse, each) for each in sums] for name, purse in ledger.purses.items()},
        "positions": {
            symbol: [getattr(position, each) for each in held] for symbol, position in ledger.positions.items()
        },
        "equity": ledger.equity,
        "drawdown": (ledger.drawdown_ratio, ledger.max_drawdown_ratio),
        "trades": (ledger.wins, ledger.losses, ledger.activity.gross_profit, ledger.activity.gross_loss),
        "activity": (
            ledger.turnover,
            ledger.activity.turnover(now),
            ledger.activity.slippage_ratio(now),
            ledger.activity.trades_per_hour(now),
        ),
        "figures": ledger.performance.figures,
    }
