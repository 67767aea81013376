"""One strategy's account: applies each record to the ledger, shows the result, and asks the guard.

Way:     recorders → [account]: ledger → gauges → guard → link.
Threads: records are worked off one at a time by whoever brings them (see ``inbox``). A trip is carried out after the
         turn was given back, so that its disk write and ``on_trip`` hold up no other thread's records.
Time:    the newest market time that was given, else the clock; a record from before it does not turn it back.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

from deskwatch.client import diagnostics, untrusted
from deskwatch.client.dialect import declarations
from deskwatch.client.figure import Figure, Figures
from deskwatch.client.guard import Guard, Readings
from deskwatch.client.link import Record, RecordSink
from deskwatch.client.metrics import Drops, Registry
from deskwatch.client.metrics.drops import DropReason
from deskwatch.client.trading.currencies import CurrencyGauges
from deskwatch.client.trading.families import declare_trading
from deskwatch.client.trading.figures import FigureGauges
from deskwatch.client.trading.guard_gauges import GuardGauges, show_switches
from deskwatch.client.trading.inbox import Inbox
from deskwatch.client.trading.keeping import Archive, Entry, Keeper, KeptRate
from deskwatch.client.trading.ledger import Ledger
from deskwatch.client.trading.performance import Boundary
from deskwatch.client.trading.resuming import standing_of

HEARTBEAT_SECONDS: Final = 1.0
"""A sign of life goes to the monitor at most so often; the gauge has every one."""

STANDING_SECONDS: Final = 1.0
"""How old the peak and the day's start may be that an archive has, when the process is killed between two fills."""

_MISSING: Final = Readings(equity=float("nan"))


class ShownPosition(Protocol):
    """The position of a symbol that was bound."""

    def show(self) -> bool:
        """Set its gauges, and say whether it is open."""
        ...


class Account:
    """What all recorders of a strategy share.

    Args:
        strategy: The label ``strategy``.
        currency: The label ``currency``: what its money is in.
        registry: Where its metrics are declared.
        dialect: Whose names they are exposed under; the catalogue's by default.
        ledger: Its positions and money.
        guard: Its limits, if it has any.
        link: Where the monitor is told.
        clock: Gives the wall time in seconds.
        archive: Where its entries are kept, and what it had is read from now.

    Attributes:
        figures: What the ledger says, unless the bot tells it itself.
        switches: Which kill switches are on, as the guard has it unless the bot tells it itself.
        positions: The positions by symbol, as far as they were bound.

    Raises:
        StorageError: The archive cannot be read.
        ValueError: The archive contradicts what is declared.
    """

    def __init__(
        self,
        strategy: str,
        currency: str,
        *,
        registry: Registry,
        dialect: str | None = None,
        ledger: Ledger,
        guard: Guard | None,
        link: RecordSink,
        clock: Callable[[], float],
        archive: Archive | None = None,
    ) -> None:
        self.strategy = strategy
        self.currency = currency
        declares = declarations(registry, dialect, currency)
        self.families = declare_trading(declares)
        self.drops: Drops = registry.drops
        self.ledger = ledger
        self.guard = guard
        self.link = link
        self.clock = clock
        self.positions: dict[str, ShownPosition] = {}
        self._inbox = Inbox(self.drops)
        self._market_seconds: float | None = None
        self._guards: list[GuardGauges] = []
        self.switches = Figures(self.drops, self.families.decisions.kill_switch, strategy)
        self._beaten_at = float("-inf")
        self._epoch = guard.epoch if guard is not None else 0
        self._returns_before = 0
        self._judged = False
        self._currencies = CurrencyGauges(declares, strategy)
        self._stood_at = float("-inf")
        self._unkept = False
        self.keeper = archive.keeper(strategy, ledger) if archive is not None else None
        if self.keeper is not None:
            self.keeper.before_closing(self._keep_last_standing)
            ledger.performance.on_sample = self._keep_boundary
        self._bind_series()
        self._meet_guard(registry)
        registry.show_before_exposing(self)

    def _bind_series(self) -> None:
        families, strategy, currency = self.families, self.strategy, self.currency
        self.fees = families.fees.labels(strategy, currency)
        self.turnover = families.turnover.labels(strategy, currency)
        self.wins = families.trades.labels(strategy, "win")
        self.losses = families.trades.labels(strategy, "loss")
        self.last_fill = families.last_fill.labels(strategy)
        self._heartbeat = families.heartbeat
        self._equity = Figure(self.drops, families.equity, strategy, currency)
        self.figures = FigureGauges(families.figures, self.drops, strategy, currency)
        self.figures.note_equity(self.ledger)

    def _meet_guard(self, registry: Registry) -> None:
        guard = self.guard
        if guard is None:
            return
        guard.attach(self.strategy, self.currency)
        self._guards = [GuardGauges(registry, one) for one in (guard, guard.account) if one is not None]
        self._judge()

    def update(self, change: Callable[[], object], market_time: object = None) -> None:
        """Apply a change to the ledger, then show it and ask the guard; never raises and never waits."""
        seconds = None if market_time is None else self._market_time(market_time)

        def run() -> None:
            self._advance(seconds)
            change()
            self._judge()
            if self.keeper is not None:
                self._keep_standing(self.keeper)

        self._inbox.submit(run)
        if self.guard is not None:
            self.guard.carry_out_trips()

    def keep(self, entry: Entry) -> None:
        """Keep an entry in the archive."""
        if self.keeper is not None:
            self.keeper.put(entry)
            self._unkept = True

    def correct_equity(self, equity: Decimal) -> None:
        """Take over what the account itself says; a change for ``update``."""
        self.ledger.set_equity(equity)
        self._unkept = True
        self.figures.note_equity(self.ledger)

    def take_rate(self, base: str, quote: str, price: Decimal) -> None:
        """Take what a currency costs, which may be what the equity waited for; a change for ``update``."""
        purse = self.ledger.rate(base, quote, price)
        if self.keeper is not None and purse.rate is not None:
            self.keeper.rate(KeptRate(purse.currency, purse.rate, self.ledger.now))
        self.figures.note_equity(self.ledger)

    def _keep_standing(self, keeper: Keeper) -> None:
        """Keep how the ledger stands after an entry, and else once a second: a mark is one of many."""
        now = self.clock()
        if self._unkept or not 0 <= now - self._stood_at < STANDING_SECONDS:
            self._unkept, self._stood_at = False, now
            keeper.stand(standing_of(self.ledger))

    def _keep_last_standing(self) -> None:
        keeper = self.keeper
        if keeper is not None:
            self._inbox.submit(lambda: keeper.stand(standing_of(self.ledger)))

    def _keep_boundary(self, ends_at: float, equity: Decimal | None, benchmark: Decimal | None) -> None:
        if self.keeper is not None:
            self.keeper.put(Boundary(ends_at, self.ledger.performance.interval_seconds, equity, benchmark))

    def distrust_equity(self) -> None:
        """Tell the guard that the equity is missing or no number."""
        self._inbox.submit(lambda: self._ask(_MISSING))
        if self.guard is not None:
            self.guard.carry_out_trips()

    def beat(self) -> float:
        """Show that the bot's loop is alive, and return the wall time in seconds."""
        now = self.clock()
        self._heartbeat.set(now)
        if not 0 <= now - self._beaten_at < HEARTBEAT_SECONDS:
            self._beaten_at = now
            self.send({"kind": "heartbeat"}, now)
        return now

    def send(self, record: Record, now: float) -> None:
        """Hand a record to the link."""
        record["ts_ms"] = int(now * 1000)
        self.link.send(record)

    def _market_time(self, value: object) -> float | None:
        seconds = untrusted.unix_seconds(value)
        if seconds is None:
            self.drops.count(DropReason.MARKET_TIME)
        return seconds

    def _advance(self, seconds: float | None) -> None:
        newest = self._market_seconds
        if seconds is not None and (newest is None or seconds > newest):
            self._market_seconds = newest = seconds
            if self.guard is not None:
                self.guard.note_market_time(seconds)
        self.ledger.advance(newest if newest is not None else self.clock())

    def show(self) -> None:
        """Set the gauges from the ledger and the guard.

        Done when somebody looks and not at every tick, without taking the turn: each value is one attribute, and that
        two of them may be a tick apart is no worse than two scrapes.
        """
        ledger = self.ledger
        self._equity.show(ledger.equity if ledger.equity_known else None)
        if self._market_seconds is not None:
            self.families.market_time.labels(self.strategy).set(self._market_seconds)
        for gauges in self._guards:
            gauges.show()
        if self.guard is not None:
            show_switches(self.guard, self.switches)
        self._currencies.show(ledger)
        self.figures.positions_open.show(sum([position.show() for position in list(self.positions.values())]))
        self.figures.show(ledger, self._market_seconds if self._market_seconds is not None else self.clock())

    def _judge(self) -> None:
        guard, ledger = self.guard, self.ledger
        if not ledger.equity_known:
            self._judge_unknown()
            return
        if guard is None:
            return
        self._judged = True
        if guard.epoch != self._epoch:
            self._epoch = guard.epoch
            self._returns_before = ledger.performance.returns
            ledger.begin_anew()
            self._unkept = True
        equity, drawdown, lost = float(ledger.equity), ledger.drawdown_ratio, -float(ledger.pnl_day)
        performance = ledger.performance
        ratio, returns = performance.figures.probabilistic_sharpe, performance.returns - self._returns_before
        if lost > 0:
            self._ask(Readings(equity, drawdown, lost, ledger.day_loss_ratio, 0.0, ratio, returns))
        else:
            self._ask(Readings(equity, drawdown, 0.0, 0.0, -lost, ratio, returns))

    def _judge_unknown(self) -> None:
        """Without a rate the equity is missing, as if the bot had said so; before it was known nothing is armed."""
        unrated = self.ledger.unrated
        if unrated:
            names, own = ", ".join(unrated), self.currency
            diagnostics.say(
                "rate", f"{self.strategy}: no rate of {names}, the equity is unknown; record_rate(..., {own!r}, ...)"
            )
            if self._judged:
                self._ask(_MISSING)

    def _ask(self, readings: Readings) -> None:
        if self.guard is None:
            return
        if self.guard.judge(readings) is None and readings is not _MISSING:
            self.guard.arm()
