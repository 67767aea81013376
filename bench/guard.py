"""What the guard costs: asking before an order, and its check in the recording call, with ten limits each.

    python bench/guard.py [--orders 20000] [--warm-up 2000]

Prints one JSON object, in nanoseconds a call by the monotonic clock, each call timed alone:

    allow_order_ns          ``Guard.allow_order``, ten limits on orders and readings
    allow_order_account_ns  the same with an account's guard of ten limits behind it
    judge_ns                what a recording call asks, ten limits on readings
    record_mark_ns          a whole ``record_mark`` with that guard
    record_mark_bare_ns     the same without a guard, in turns with the one above

The two readings of the timer are in the figures; what they cost is printed beside them.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from deskwatch.client import Registry, TradingMetrics
from deskwatch.client.guard import (
    AccountGuard,
    Guard,
    GuardState,
    Limit,
    MaxClockOffset,
    MaxDataAge,
    MaxDayLoss,
    MaxDrawdown,
    MaxExposure,
    MaxLoss,
    MaxOrderNotional,
    MaxOrderRate,
    MaxOrdersPerSignal,
    MaxPosition,
    MaxRejects,
    MinProbabilisticSharpe,
    NoDuplicateOrder,
    NotANumber,
    OrderLimit,
    Readings,
)
from deskwatch.client.link import NoLink
from harness import report, spread, versions

BEGIN_SECONDS = 1_641_038_400.0
BUDGET_NS = {"p50": 2_000, "p99": 20_000}  # issue 3, "Guard"
SYMBOLS = ("BTC", "ETH", "SOL", "XRP", "ADA")


def limits() -> list[Limit | OrderLimit | MaxRejects]:
    """Return ten limits; eight of them look at each order, the others act before the gate."""
    return [
        MaxDrawdown(0.15),
        MaxRejects(5),
        MaxOrderRate(1000),
        MaxOrdersPerSignal(4),
        NoDuplicateOrder(1.0),
        MaxOrderNotional(1_000_000),
        MaxPosition(1e12),
        MaxExposure(ratio=1000),
        MaxDataAge(5),
        MaxClockOffset(1),
    ]


def armed_guard(account: AccountGuard | None = None) -> Guard:
    """Return a guard that lets orders through."""
    guard = Guard(limits(), name="bench", clock=lambda: BEGIN_SECONDS, account=account)
    guard.note_clock_offset(0.01)
    guard.note_market_time(BEGIN_SECONDS)
    guard.check(Readings(equity=1e12))
    return guard


@dataclass(frozen=True)
class OwnLimit:
    """A limit of the user's own, so that there are ten on readings."""

    number: int
    threshold: float = 1e15
    then: GuardState = GuardState.HALTED

    @property
    def name(self) -> str:
        return f"own_{self.number}"

    def measure(self, readings: Readings) -> float:
        return readings.equity

    def describe(self, value: float) -> str:
        return f"{value}"


def reading_limits() -> list[Limit]:
    """Return ten limits on readings; the tenth is the one that every guard has."""
    known: list[Limit] = [
        MaxDrawdown(0.9),
        MaxDayLoss(ratio=0.9),
        MaxLoss(1e6, ratio=0.9),
        MinProbabilisticSharpe(0.01),
        NotANumber(),
    ]
    return [*known, *(OwnLimit(number) for number in range(10 - len(known)))]


def measure_orders(guard: Guard, orders: int, warm_up: int) -> list[int]:
    """Return the nanoseconds of each call of ``allow_order``."""
    sizes = random.Random(1)
    taken, refused = [], 0
    for number in range(warm_up + orders):
        now = BEGIN_SECONDS + number / 100
        symbol, side = SYMBOLS[number % len(SYMBOLS)], ("BUY", "SELL")[number % 2]
        quantity, signal = sizes.uniform(0.1, 10.0), number // 2
        guard.note_market_time(now)
        began = time.perf_counter_ns()
        answer = guard.allow_order(symbol, side, quantity, 100.0, signal_id=signal, now=now)
        taken.append(time.perf_counter_ns() - began)
        refused += not answer
    if refused:
        raise RuntimeError(f"{refused} of {warm_up + orders} orders were refused; all should have passed")
    return taken[warm_up:]


def measure_judge(readings: int, warm_up: int) -> list[int]:
    """Return the nanoseconds of each check of readings."""
    guard, taken = Guard(reading_limits(), name="bench-judge"), []
    for number in range(warm_up + readings):
        now = Readings(1e6 + number % 7, 0.01, 5.0, 0.001, 0.0, 0.9, 90)
        began = time.perf_counter_ns()
        guard.judge(now)
        taken.append(time.perf_counter_ns() - began)
    return taken[warm_up:]


def measure_marks(marks: int, warm_up: int) -> tuple[list[int], list[int]]:
    """Return the nanoseconds of each ``record_mark``, with the guard and without."""
    guard = Guard(reading_limits(), name="bench-mark")
    both = [
        TradingMetrics(name, starting_equity=1e6, guard=one, registry=Registry(), link=NoLink()).bind("BTC")
        for name, one in (("guarded", guard), ("bare", None))
    ]
    for recorder in both:
        recorder.record_fill("BUY", 10, 100.0)
    taken: tuple[list[int], list[int]] = ([], [])
    for number in range(warm_up + marks):
        price = 100.0 + number % 13 / 8
        for recorder, into in zip(both, taken, strict=True):
            began = time.perf_counter_ns()
            recorder.record_mark(price)
            into.append(time.perf_counter_ns() - began)
    if guard.state is not GuardState.ACTIVE:
        raise RuntimeError(f"the guard tripped: {guard.latched.reason}")
    return taken[0][warm_up:], taken[1][warm_up:]


def timer_ns(times: int = 10_000) -> Sequence[int]:
    """Return what timing nothing costs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter_ns()
        taken.append(time.perf_counter_ns() - began)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--warm-up", type=int, default=2_000)
    arguments = parser.parse_args()
    count = (arguments.orders, arguments.warm_up)
    account = AccountGuard(limits(), name="bench-account", clock=lambda: BEGIN_SECONDS)
    orders = spread(measure_orders(armed_guard(), *count))
    judged = spread(measure_judge(*count))
    guarded, bare = measure_marks(*count)
    report(
        "guard",
        versions=versions(),
        limits=len(limits()),
        allow_order_ns=orders,
        allow_order_account_ns=spread(measure_orders(armed_guard(account), *count)),
        judge_ns=judged,
        record_mark_ns=spread(guarded),
        record_mark_bare_ns=spread(bare),
        timer_ns=spread(timer_ns())["p50"],
        budget_ns=BUDGET_NS,
        within_budget={
            name: all(calls[part] <= most for part, most in BUDGET_NS.items())
            for name, calls in (("allow_order", orders), ("judge", judged))
        },
    )


if __name__ == "__main__":
    main()
