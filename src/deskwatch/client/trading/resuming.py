"""Bring a new ledger to where another stopped.

Way:     archive → [resuming]: entries, marks, rates, boundaries, standing → ledger.
Source:  entries are booked again by the ledger's own calls, so that there is one truth of what a fill does.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

from deskwatch.client.trading.drawdown import Drawdown
from deskwatch.client.trading.instrument import MONEY
from deskwatch.client.trading.keeping import Entry, FillEntry, FundingEntry, Kept, KeptMark, SplitEntry, Standing
from deskwatch.client.trading.ledger import Ledger


def standing_of(ledger: Ledger) -> Standing:
    """Return how the ledger stands; O(1) but for the number of currencies."""
    drawdown = ledger.drawdown
    return Standing(
        at=ledger.now,
        told=ledger.told,
        base=MONEY.subtract(ledger.equity, ledger.balance),
        peak=drawdown.peak,
        trough=drawdown.trough,
        deepest=drawdown.deepest_before,
        day_start=ledger.day_start_equity,
        day_ends=ledger.day_ends,
        interval_ends=ledger.performance.interval_ends,
    )


def resume(ledger: Ledger, kept: Kept) -> int:
    """Bring a new ledger to where the kept one stopped, and return how many entries it had.

    Raises:
        ValueError: A symbol was booked as something else than it is declared as now.
    """
    start, count = ledger.equity, 0
    splits: list[SplitEntry] = []
    for entry in kept.entries:
        book(ledger, entry)
        count += 1
        if isinstance(entry, SplitEntry):
            splits.append(entry)
    for currency, rate, at in kept.rates:
        _rate(ledger, currency, rate)
        ledger.purses[currency].rated_at = at
    for mark in kept.marks:
        if ledger.has_room(mark.symbol):
            ledger.mark(mark.symbol, _since(mark, splits))
    ledger.performance.resume(kept.boundaries)
    standing = kept.standing
    with localcontext(MONEY):
        if standing is not None:
            _stand(ledger, standing if standing.told else standing._replace(told=ledger.told, base=start))
        elif count:
            ledger.day_start_equity = ledger.equity
    return count


def book(ledger: Ledger, entry: Entry) -> None:
    """Book an entry at the time and rates that it had.

    Raises:
        ValueError: Its symbol was booked as something else than it is declared as.
    """
    ledger.now = entry.at
    if isinstance(entry, SplitEntry):
        ledger.split(entry.symbol, entry.new, entry.old)
    elif isinstance(entry, FundingEntry):
        _rate(ledger, entry.currency, entry.rate)
        ledger.fund(entry.symbol, entry.amount, entry.currency)
    else:
        _check(ledger, entry)
        _rate(ledger, entry.currency, entry.rate)
        _rate(ledger, entry.fee_currency, entry.fee_rate)
        if entry.mark is not None:
            ledger.mark(entry.symbol, entry.mark)
        ledger.fill(entry.symbol, entry.quantity, entry.price, entry.fee, entry.fee_currency)


def _since(mark: KeptMark, splits: list[SplitEntry]) -> Decimal:
    """Return the price in today's units: a bot may have been killed between a split and the first price after it."""
    price = mark.price
    for split in splits:
        if split.symbol == mark.symbol and split.seq > mark.seq:
            price = MONEY.divide(MONEY.multiply(price, split.old), split.new)
    return price


def _check(ledger: Ledger, entry: FillEntry) -> None:
    declared = ledger.instrument(entry.symbol)
    currency = declared.currency or ledger.currency
    now, then = (currency, declared.multiplier, declared.inverse), (entry.currency, entry.multiplier, entry.inverse)
    if now != then:
        raise ValueError(
            f"{entry.symbol} was booked in {then[0]} with multiplier {then[1]}{_inverse(then[2])}, and is declared in "
            f"{now[0]} with multiplier {now[1]}{_inverse(now[2])}; declare it as it was, or give another strategy name"
        )


def _inverse(inverse: bool) -> str:
    return ", inverse" if inverse else ""


def _rate(ledger: Ledger, currency: str, rate: Decimal | None) -> None:
    if rate is not None and currency != ledger.currency and ledger.has_room_for(currency):
        ledger.rate(currency, ledger.currency, rate)


def _stand(ledger: Ledger, standing: Standing) -> None:
    ledger.now = standing.at
    ledger.told = standing.told
    ledger.equity = standing.base + ledger.balance
    ledger.day_start_equity = standing.day_start
    ledger.performance.interval_ends = standing.interval_ends
    ledger.begin_day_at(standing.day_ends)
    drawdown = Drawdown(standing.peak)
    drawdown.trough, drawdown.deepest_before = standing.trough, standing.deepest
    drawdown.see(ledger.equity)
    ledger.drawdown = drawdown
