"""The recorder that a strategy uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from decimal import Decimal

from deskwatch.client import untrusted
from deskwatch.client.bound import Bound
from deskwatch.client.guard import Guard
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.naming import checked_name
from deskwatch.client.serving import Serving
from deskwatch.client.trading.account import Account
from deskwatch.client.trading.book import MAX_SYMBOLS
from deskwatch.client.trading.decisions import RecordsDecisions
from deskwatch.client.trading.given import currency_of
from deskwatch.client.trading.instrument import Instrument
from deskwatch.client.trading.keeping import Archive
from deskwatch.client.trading.ledger import Ledger
from deskwatch.client.trading.symbol import SymbolRecorder
from deskwatch.client.trading.told import TellsFigures
from deskwatch.client.untrusted import Amount


class TradingMetrics(Serving, RecordsDecisions, TellsFigures):
    """Tells deskwatch what a strategy does: signals, orders, fills, marks, equity.

    A declaration that is wrong raises ``ValueError``. After that no call raises or waits; what cannot be used is
    counted in ``deskwatch_client_drops_total``.

    Args:
        strategy: Names the strategy, in the label ``strategy``.
        currency: What its money is in, in the label ``currency``; by default the ledger's, and that is USD.
        starting_equity: What the account is worth before the first fill. Without it equity, drawdown and the guard's
            limits begin with the first ``record_equity``, and until then the guard refuses entries.
        instruments: The symbols that are not simply units priced in ``currency``: other currencies, multipliers,
            inverse contracts.
        zone: Whose midnight begins a day's P&L, such as ``America/New_York``.
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system, such as ``algo_trade`` (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        guard: Limits that are held in the recording calls themselves.
        ledger: A ledger of one's own, instead of ``starting_equity``, ``instruments`` and ``zone``.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.
        archive: A ``FillArchive`` that keeps the ledger's fills and from which the ledger goes on after a restart.

    Raises:
        StorageError: The archive cannot be read: a bot that does not know its positions should not start.
        ValueError: A name is empty or too long, the starting equity is no amount, the zone or the dialect is unknown,
            both a ledger and an equity, instruments or another currency were given, or another recorder of the
            registry speaks another dialect.
    """

    def __init__(
        self,
        strategy: str = "default",
        currency: str | None = None,
        *,
        starting_equity: Amount | None = None,
        instruments: Iterable[Instrument] = (),
        zone: str = "UTC",
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        guard: Guard | None = None,
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
        archive: Archive | None = None,
    ) -> None:
        super().__init__(registry, port, link=link, clock=clock)
        books = _ledger(ledger, starting_equity, currency, instruments, zone)
        self._account = Account(
            checked_name("strategy", strategy),
            books.currency,
            registry=self._registry,
            dialect=dialect,
            ledger=books,
            guard=guard,
            link=self._link,
            clock=clock,
            archive=archive,
        )
        self._symbols = Bound(lambda symbol: SymbolRecorder(self._account, symbol), MAX_SYMBOLS, self._registry.drops)
        for symbol in books.positions:  # those of an earlier run
            self.bind(symbol)
        self._link.announce(None, int(clock() * 1000))

    @property
    def ledger(self) -> Ledger:
        """The account as it stands; read only."""
        return self._account.ledger

    @property
    def guard(self) -> Guard | None:
        """The limits."""
        return self._account.guard

    def bind(self, symbol: str) -> SymbolRecorder:
        """Return the recorder of one symbol, for the hot path."""
        return self._symbols.to(symbol)

    def record_fill(
        self,
        symbol: str,
        side: str,
        quantity: Amount,
        price: Amount,
        fee: Amount = 0,
        *,
        fee_currency: str | None = None,
        order_id: object = None,
        market_time: float | None = None,
    ) -> None:
        """Record a fill: positions, P&L, equity and drawdown follow from it, and the guard is asked.

        Args:
            symbol: What was traded (FIX tag 55).
            side: ``BUY`` or ``SELL`` (FIX tag 54).
            quantity: Units, above 0 (FIX tag 32). Numbers, Decimals and numeric text are taken; a float counts as the
                shortest text that names it.
            price: Of one unit (FIX tag 31).
            fee: Paid for the whole fill; negative is a rebate.
            fee_currency: What the fee is in; by default the instrument's currency.
            order_id: The venue's (FIX tag 37); it goes into the record, never into a label.
            market_time: When it happened in the market, Unix seconds; by default the clock.
        """
        self.bind(symbol).record_fill(
            side, quantity, price, fee, fee_currency=fee_currency, order_id=order_id, market_time=market_time
        )

    def record_order(
        self,
        symbol: str,
        side: str,
        status: str,
        latency_seconds: float | None = None,
        *,
        amount: Amount | None = None,
    ) -> None:
        """Count an order by what became of it.

        Args:
            symbol: What it is for.
            side: ``BUY`` or ``SELL``.
            status: Such as ``sent``, ``filled``, ``rejected``, ``cancelled``.
            latency_seconds: From sending it to its answer.
            amount: The money in it, in the strategy's currency.
        """
        self.bind(symbol).record_order(side, status, latency_seconds, amount=amount)

    def record_signal(self, symbol: str, signal: str, generation_seconds: float | None = None) -> None:
        """Count a signal.

        Args:
            symbol: What it is for.
            signal: ``BUY``, ``SELL`` or ``HOLD``; another is dropped and counted.
            generation_seconds: How long it took.
        """
        self.bind(symbol).record_signal(signal, generation_seconds)

    def record_mark(self, symbol: str, price: Amount, market_time: float | None = None) -> None:
        """Value a position at a price of the market, and ask the guard.

        Args:
            symbol: What has this price.
            price: Of one unit; NaN or worse is dropped and counted, and the last good price stands.
            market_time: When it was the price, Unix seconds; by default the clock.
        """
        self.bind(symbol).record_mark(price, market_time)

    def record_funding(
        self, symbol: str, amount: Amount, currency: str | None = None, market_time: float | None = None
    ) -> None:
        """Record a funding payment of a perpetual, a dividend, or what it costs to hold a position.

        Args:
            symbol: The position that it is for.
            amount: Positive was received, negative paid.
            currency: What it is in; by default the instrument's currency.
            market_time: When it was, Unix seconds; by default the clock.
        """
        self.bind(symbol).record_funding(amount, currency, market_time)

    def record_split(self, symbol: str, new: Amount, old: Amount = 1, market_time: float | None = None) -> None:
        """Record that ``old`` units became ``new``, before the first price after it; money and P&L do not move.

        Args:
            symbol: What was split.
            new: Such as 4, of a split of 4 for 1.
            old: Such as 10, of a reverse split of 1 for 10.
            market_time: When it was, Unix seconds; by default the clock.
        """
        self.bind(symbol).record_split(new, old, market_time)

    def record_rate(self, base: str, quote: str, rate: Amount, market_time: float | None = None) -> None:
        """Record what one of ``base`` costs in ``quote``; one of the two is the account's currency.

        A rate stands until the next. While a currency that is used or declared has none, the equity is unknown: the
        guard refuses entries, and trips if it had been known.

        Args:
            base: Such as ``EUR``.
            quote: Such as ``USD``.
            rate: Such as 1.08.
            market_time: When it was, Unix seconds; by default the clock.
        """
        account = self._account
        account.beat()
        price, names = untrusted.money(rate), (currency_of(base), currency_of(quote))
        if price is None or price <= 0 or None in names or names[0] == names[1] or account.currency not in names:
            account.drops.count(DropReason.RATE)
            return
        account.families.records.labels("rate").inc()
        account.update(lambda: self._apply_rate(str(names[0]), str(names[1]), price), market_time)

    def record_equity(self, equity: Amount | None, market_time: float | None = None) -> None:
        """Correct the equity to what the account itself says, and ask the guard.

        Args:
            equity: What the account is worth. A missing one, NaN or an infinity trips the guard.
            market_time: When it was, Unix seconds; by default the clock.
        """
        account = self._account
        account.beat()
        account.families.records.labels("equity").inc()
        amount = untrusted.money(equity)
        if amount is None:
            account.drops.count(DropReason.EQUITY)
            account.distrust_equity()
            return
        account.update(lambda: account.correct_equity(amount), market_time)

    def heartbeat(self) -> None:
        """Say that the bot's loop is alive; every recording call says so too."""
        self._account.beat()

    def _apply_rate(self, base: str, quote: str, price: Decimal) -> None:
        account = self._account
        if not account.ledger.has_room_for(base if quote == account.currency else quote):
            account.drops.count(DropReason.RATE)
            return
        account.take_rate(base, quote, price)


def _ledger(
    ledger: Ledger | None,
    starting_equity: Amount | None,
    currency: str | None,
    instruments: Iterable[Instrument],
    zone: str,
) -> Ledger:
    declared = tuple(instruments)
    if ledger is not None:
        if starting_equity is not None or declared:
            raise ValueError("give either a ledger or a starting_equity and instruments; the ledger has its own")
        if currency not in (None, ledger.currency):
            raise ValueError(f"currency must be the ledger's, {ledger.currency!r}, was {currency!r}")
        return ledger
    amount = untrusted.money(starting_equity)
    if starting_equity is not None and amount is None:
        raise ValueError(f"starting_equity must be an amount such as 100_000, was {starting_equity!r}")
    return Ledger(amount, currency="USD" if currency is None else currency, instruments=declared, zone=zone)
