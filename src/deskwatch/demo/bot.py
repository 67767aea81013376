"""The demo bot: an ordinary script that trades, and tells deskwatch what it does.

    python -m deskwatch.demo.bot --speed 3600        an hour of the market a second
    python -m deskwatch.demo.bot --pace-by-scrape 10 ten bars each time the monitor has looked

The drawdown, the loss and the moment of the page come from the prices, not from this script.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from deskwatch import Guard, MaxDayLoss, MaxDrawdown, TradingMetrics, get_logger, shutdown
from deskwatch.demo.prices import Bar, bars
from deskwatch.demo.strategy import Momentum
from deskwatch.demo.venue import Fill, PaperVenue

SYMBOL = "BTC-PERP"
STARTING_EQUITY_USD = 100_000.0
MAX_DRAWDOWN_RATIO = 0.15
MAX_DAY_LOSS_RATIO = 0.25
"""Wide on purpose: in this month the drawdown from the peak is reached first."""

CALM_DRAWDOWN_RATIO = 0.06

log = get_logger("demo-bot")


class Bot:
    """Trades on paper and records what happens.

    Args:
        port: Where to serve the metrics, 0 for any free port.
    """

    def __init__(self, port: int = 0) -> None:
        self.venue = PaperVenue(cash=STARTING_EQUITY_USD)
        self.strategy = Momentum()
        self.bar: Bar | None = None
        self.guard = Guard([MaxDrawdown(MAX_DRAWDOWN_RATIO), MaxDayLoss(MAX_DAY_LOSS_RATIO)], on_trip=self.close_all)
        self.metrics = TradingMetrics("momentum", currency="USD", starting_equity=STARTING_EQUITY_USD, guard=self.guard)
        self.exporter = self.metrics.start_server(port)

    def on_bar(self, bar: Bar) -> None:
        """Take one bar: mark the position, then trade if the strategy wants to and the guard lets it."""
        self.bar = bar
        self.venue.price = bar.close
        self.metrics.record_mark(SYMBOL, bar.close, market_time=bar.time_seconds)
        self.metrics.heartbeat()
        wanted = self.strategy.target_quantity(bar.close, self.venue.position, self.venue.equity)
        change = wanted - self.venue.position
        if change > 0 and not self.guard.allow_entry():
            return
        if change:
            self.trade(change)

    def trade(self, quantity: float) -> None:
        """Send a market order and record what came of it."""
        fill = self.venue.market_order(quantity)
        self.record(fill)
        log.info(f"{fill.side} {fill.quantity:.3f} {SYMBOL} at {fill.price:,.0f}", order_id=fill.order_id)

    def record(self, fill: Fill) -> None:
        """Tell deskwatch of a fill."""
        market_time = self.bar.time_seconds if self.bar else None
        self.metrics.record_order(SYMBOL, fill.side, "filled")
        self.metrics.record_fill(
            SYMBOL,
            fill.side,
            fill.quantity,
            fill.price,
            fee=fill.fee,
            order_id=fill.order_id,
            market_time=market_time,
        )

    def close_all(self, trip: object) -> None:
        """Close the position: the guard calls this in the very call that found the limit reached."""
        log.error(f"guard tripped: {trip}; closing {self.venue.position:.3f} {SYMBOL}")
        if self.venue.position:
            self.trade(-self.venue.position)


def main() -> None:
    """Replay the month."""
    arguments = _arguments()
    bot = Bot(arguments.port)
    wait = _by_scrape(bot, arguments.pace_by_scrape) if arguments.pace_by_scrape else _by_time(arguments.speed)
    log.info(f"replaying January 2022 with {STARTING_EQUITY_USD:,.0f} USD", starting_equity=STARTING_EQUITY_USD)
    for number, bar in enumerate(bars(), start=1):
        bot.on_bar(bar)
        wait(number)
    log.info("the month is over")
    shutdown()


def _by_time(speed: float) -> Callable[[int], None]:
    """Return a pace of ``speed`` market seconds a second, kept over the whole replay."""
    started = time.monotonic()

    def wait(bars_done: int) -> None:
        ahead = bars_done * 60 / speed - (time.monotonic() - started)
        if ahead > 0:
            time.sleep(ahead)

    return wait


def _by_scrape(bot: Bot, bars_a_scrape: int) -> Callable[[int], None]:
    """Return a pace at which the monitor looks every so many bars, and four times as seldom while all is calm."""

    def wait(bars_done: int) -> None:
        calm = bot.metrics.ledger.drawdown_ratio < CALM_DRAWDOWN_RATIO
        if bars_done % (bars_a_scrape * (4 if calm else 1)) == 0:
            bot.exporter.wait_scraped(timeout_seconds=5)

    return wait


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trade January 2022 on paper.")
    parser.add_argument("--speed", type=float, default=3600.0, help="market seconds a second (default: 3600)")
    parser.add_argument(
        "--pace-by-scrape", type=int, default=0, metavar="BARS", help="bars a scrape, instead of --speed"
    )
    parser.add_argument("--port", type=int, default=0, help="port of /metrics (default: any free one)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
