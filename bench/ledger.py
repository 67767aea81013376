"""What it costs to keep the figures of a return series up to date: ours, empyrical's and quantstats', in the same run.

    python bench/ledger.py [--rounds 5] [--updates 1000] [--recomputations 40]

Prints one JSON object: the machine, the versions, nanoseconds an update and how many times faster ours is. Each has the
same 2,500 hourly returns (made up, but from the same seed) and takes one more at a time. Ours slides its windows; the
peers compute anew from a pandas Series that is already there, as their users do, and are not charged for building it.
`update` takes a return in; `update_and_read` also reads every figure each time, which the ledger does once an interval.
`tick` is what a strategy pays: a mark of an open position through the whole ledger, every 10 s, with an interval of an
hour. `record_mark` is the same through a bound recorder of `TradingMetrics`, with what a guard of two limits asks in
`record_mark_guarded`, and with an archive in SQLite, its thread included, in `record_mark_archived`.

The figures are the Sharpe ratio over 720 and 2,500 returns, Sortino, volatility, VaR 95, CVaR 95 and beta. Ours adds
the probabilistic Sharpe ratio, which empyrical does not have; quantstats is asked for that one instead of beta.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count, cycle, islice

import empyrical
import pandas as pd
import quantstats.stats

from deskwatch.client import FillArchive, Guard, MaxDayLoss, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client.link import NoLink
from deskwatch.client.trading import Ledger
from deskwatch.client.trading.returns import ReturnStatistics
from harness import folder, report, versions

HISTORY, SHORT, PER_YEAR = 2_500, 720, 8_760
AIM_TIMES = 200  # issue 3, "Ledger"
Pair = tuple[float, float]
Update = Callable[[Pair], object]


def pairs(seed: int = 1) -> Iterator[Pair]:
    """Yield returns of an hour and of the benchmark in it."""
    generator = random.Random(seed)
    for _ in count():
        benchmark = generator.gauss(0.0, 0.008)
        yield 0.5 * benchmark + generator.gauss(0.0001, 0.004), benchmark


def deskwatch(*, read: bool) -> Update:
    """Slide the windows, and read the figures if told to."""
    figures = ReturnStatistics(SHORT, HISTORY, PER_YEAR)
    for ratio, benchmark in islice(pairs(), HISTORY):
        figures.add(ratio, benchmark)

    def update(pair: Pair) -> None:
        figures.add(*pair)

    def update_and_read(pair: Pair) -> None:
        figures.add(*pair)
        figures.figures()

    return update_and_read if read else update


def tick() -> Update:
    """Mark an open position of a ledger that has a history."""
    ledger = Ledger(Decimal(100_000), returns_interval_seconds=3600, benchmark="BTC")
    for ratio, benchmark in islice(pairs(), HISTORY):
        ledger.performance.add(ratio, benchmark)
    ledger.fill("BTC", Decimal(1), Decimal(40_000))
    prices, seconds = cycle([Decimal(39_990), Decimal(40_010)]), count(1_641_038_400, 10)

    def update(_: Pair) -> None:
        ledger.advance(next(seconds))
        ledger.mark("BTC", next(prices))

    return update


def record_mark(*, guarded: bool = False, archive: FillArchive | None = None) -> Update:
    """Mark an open position as a strategy does."""
    ledger = Ledger(Decimal(100_000), returns_interval_seconds=3600, benchmark="BTC")
    for ratio, benchmark in islice(pairs(), HISTORY):
        ledger.performance.add(ratio, benchmark)
    guard = Guard([MaxDrawdown(0.9), MaxDayLoss(0.9)], link=NoLink()) if guarded else None
    metrics = TradingMetrics("s", registry=Registry(), link=NoLink(), ledger=ledger, guard=guard, archive=archive)
    metrics.record_fill("BTC", "BUY", 1, 40_000)
    mark, prices, seconds = metrics.bind("BTC").record_mark, cycle([39_990.5, 40_010.5]), count(1_641_038_400, 10)

    def update(_: Pair) -> None:
        mark(next(prices), next(seconds))

    return update


def series() -> tuple[pd.Series, pd.Series]:
    hours = pd.date_range("2022-01-01", periods=HISTORY, freq="h")
    ours, benchmark = zip(*islice(pairs(), HISTORY), strict=True)
    return pd.Series(ours, index=hours), pd.Series(benchmark, index=hours)


def with_empyrical() -> Update:
    returns, benchmark = series()
    short = returns[-SHORT:]

    def update(_: Pair) -> None:
        empyrical.sharpe_ratio(short, annualization=PER_YEAR)
        empyrical.sharpe_ratio(returns, annualization=PER_YEAR)
        empyrical.sortino_ratio(returns, annualization=PER_YEAR)
        empyrical.annual_volatility(returns, annualization=PER_YEAR)
        empyrical.value_at_risk(returns)
        empyrical.conditional_value_at_risk(returns)
        empyrical.beta(returns, benchmark)

    return update


def with_quantstats() -> Update:
    returns, _ = series()
    short = returns[-SHORT:]

    def update(_: Pair) -> None:
        quantstats.stats.sharpe(short, periods=PER_YEAR)
        quantstats.stats.sharpe(returns, periods=PER_YEAR)
        quantstats.stats.sortino(returns, periods=PER_YEAR)
        quantstats.stats.volatility(returns, periods=PER_YEAR)
        quantstats.stats.value_at_risk(returns)
        quantstats.stats.conditional_value_at_risk(returns)
        quantstats.stats.probabilistic_sharpe_ratio(returns, periods=PER_YEAR)

    return update


def nanoseconds(update: Update, news: list[Pair]) -> float:
    began = time.process_time_ns()
    for pair in news:
        update(pair)
    return (time.process_time_ns() - began) / len(news)


def measure(rounds: int, updates: int, recomputations: int, archive: FillArchive) -> dict[str, float]:
    """Return the median nanoseconds an update; rounds are interleaved."""
    news = list(islice(pairs(seed=2), max(updates, recomputations)))
    timed = {
        "update": (deskwatch(read=False), updates),
        "update_and_read": (deskwatch(read=True), updates),
        "tick": (tick(), updates),
        "record_mark": (record_mark(), updates),
        "record_mark_guarded": (record_mark(guarded=True), updates),
        "record_mark_archived": (record_mark(archive=archive), updates),
        "empyrical": (with_empyrical(), recomputations),
        "quantstats": (with_quantstats(), recomputations),
    }
    seen: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, (update, times) in timed.items():
            seen[name].append(nanoseconds(update, news[:times]))
    return {name: round(statistics.median(each), 1) for name, each in seen.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=1_000)
    parser.add_argument("--recomputations", type=int, default=40)
    arguments = parser.parse_args()
    with folder() as where:
        archive = FillArchive(f"sqlite:///{where / 'fills.db'}")
        nanos = measure(arguments.rounds, arguments.updates, arguments.recomputations, archive)
        archive.close()
    ours = ("update", "update_and_read", "tick", "record_mark", "record_mark_guarded", "record_mark_archived")
    report(
        "ledger",
        versions=versions("empyrical-reloaded", "quantstats", "pandas", "numpy"),
        history=HISTORY,
        ns_per_update=nanos,
        times_faster={
            peer: {name: round(nanos[peer] / nanos[name], 1) for name in ours} for peer in ("empyrical", "quantstats")
        },
        aim_times={"empyrical": AIM_TIMES},
    )


if __name__ == "__main__":
    main()
