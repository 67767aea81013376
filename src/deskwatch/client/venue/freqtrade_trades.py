"""Record what freqtrade's REST interface says of its trades; each order's fill once.

An order counts as filled when freqtrade has closed it, which is when freqtrade itself books it: one fill an order, so
that a watcher that starts anew tells the monitor the same fills under the same ids.

Way:     the answers of /status, /trades, /balance … → [freqtrade_trades] → TradingMetrics.
Source:  https://www.freqtrade.io/en/stable/rest-api/#available-endpoints
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from deskwatch.catalog.metrics import freqtrade as catalog
from deskwatch.client import untrusted
from deskwatch.client.link import EXIT_FLUSH_SECONDS, Record, RecordSink
from deskwatch.client.metrics import DropReason
from deskwatch.client.obey import Commanded
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.fills import FillsOnce
from deskwatch.client.venue.placing import Outcome

Answer = Mapping[str, Any]


class SteadyFillIds:
    """A link that names each fill by its trade and order, so that the monitor knows it again.

    Args:
        link: Ships the records.
    """

    def __init__(self, link: RecordSink) -> None:
        self._link = link

    def send(self, record: Record, *, urgent: bool = False) -> None:
        """Hand on a record."""
        if record.get("kind") == "fill" and record.get("order_id"):
            record = {**record, "id": f"freqtrade {record['order_id']}"}
        self._link.send(record, urgent=urgent)

    def announce(self, metrics_url: str | None, now_ms: int) -> None:
        """Hand on."""
        self._link.announce(metrics_url, now_ms)

    def heed(self, guard: Commanded) -> None:
        """Hand on."""
        self._link.heed(guard)

    def close(self, timeout_seconds: float = EXIT_FLUSH_SECONDS) -> bool:
        """Hand on."""
        return self._link.close(timeout_seconds)


class FreqtradeTrades:
    """Reads freqtrade's answers; an odd one is counted, never raised.

    Args:
        metrics: Where it is recorded.
        strategy: The label ``strategy`` of freqtrade's own figures.
        currency: The stake currency.
    """

    def __init__(self, metrics: TradingMetrics, strategy: str, currency: str) -> None:
        family = metrics.registry.family
        self._metrics = metrics
        self._drops = metrics.registry.drops
        self._labels = (strategy, currency)
        self._last_process = family(catalog.LAST_PROCESS)
        self._open = family(catalog.TRADES_OPEN)
        self._max = family(catalog.TRADES_MAX)
        self._profit_closed = family(catalog.PROFIT_CLOSED)
        self._profit_all = family(catalog.PROFIT_ALL)
        self._pair_profit = family(catalog.PAIR_PROFIT)
        self._once = FillsOnce()

    def saw_last_process(self, unix_seconds: float) -> None:
        """Show when freqtrade's loop last ran."""
        self._last_process.labels(self._labels[0]).set(unix_seconds)

    def saw_trades(self, trades: Iterable[Answer]) -> None:
        """Record what is new in trades, open or closed, oldest first."""
        orders = [(trade, order) for trade in trades for order in trade["orders"]]
        for trade, order in sorted(orders, key=lambda each: each[1].get("order_filled_timestamp") or 0):
            try:
                self._saw_order(trade, order)
            except Exception:  # noqa: BLE001  (another version may name things otherwise)
                self._drops.count(DropReason.FILL)

    def saw_rates(self, open_trades: Iterable[Answer]) -> None:
        """Value the open positions."""
        for trade in open_trades:
            if trade.get("current_rate"):
                self._metrics.record_mark(trade["pair"], trade["current_rate"])

    def saw_equity(self, balance: Answer, profit: Answer) -> None:
        """Record what the bot's account is worth: its starting capital and all that it gained.

        The total of ``/balance`` is not taken: it values open positions at prices that are up to ten minutes old, and
        just after a fill it has the position but not yet the money.

        Source: https://github.com/freqtrade/freqtrade/blob/stable/freqtrade/exchange/exchange.py (_fetch_tickers_cache)
        """
        capital, gained = untrusted.money(balance["starting_capital"]), untrusted.money(profit["profit_all_coin"])
        if capital is not None and gained is not None:  # while a price is missing, the profit is no number
            self._metrics.record_equity(capital + gained)

    def saw_figures(self, count: Answer, profit: Answer, performance: Iterable[Answer]) -> None:
        """Show freqtrade's own figures."""
        strategy, currency = self._labels
        self._open.labels(strategy).set(count["current"])
        self._max.labels(strategy).set(count["max"])
        self._profit_closed.labels(strategy, currency).set(profit["profit_closed_coin"])
        self._profit_all.labels(strategy, currency).set(profit["profit_all_coin"])
        for pair in performance:
            self._pair_profit.labels(strategy, pair["pair"], currency).set(pair["profit_abs"])

    def saw_cancel(self, message: Answer, *, entry: bool) -> None:
        """Count an order that was cancelled; the REST interface does not show it any more."""
        buys = entry == (message.get("direction", "Long").lower() == "long")
        self._metrics.record_order(message["pair"], "BUY" if buys else "SELL", Outcome.CANCELLED)

    def _saw_order(self, trade: Answer, order: Answer) -> None:
        key, side = _key(trade, order), _side(trade, order)
        if not self._once.knows(key):
            self._once.begin(key)
            self._metrics.record_order(trade["pair"], side, Outcome.SENT)
        filled = untrusted.money(order.get("filled"))
        if order.get("is_open") or not filled or not self._once.end(key):
            return
        price = untrusted.money(order["safe_price"])
        rate = untrusted.money(trade.get("fee_open" if _is_entry(trade, order) else "fee_close"))
        filled_at_ms = order.get("order_filled_timestamp")
        self._metrics.record_order(trade["pair"], side, Outcome.FILLED)
        self._metrics.record_fill(
            trade["pair"],
            side,
            filled,
            price if price is not None else "none",
            filled * price * rate if price is not None and rate is not None else 0,
            order_id=key,
            market_time=None if filled_at_ms is None else filled_at_ms / 1000,
        )


def _key(trade: Answer, order: Answer) -> str:
    return f"{trade['trade_id']} {order['order_id']}"


def _is_entry(trade: Answer, order: Answer) -> bool:
    return bool(order["ft_order_side"] == ("sell" if trade["is_short"] else "buy"))


def _side(trade: Answer, order: Answer) -> str:
    return "BUY" if _is_entry(trade, order) != bool(trade["is_short"]) else "SELL"
