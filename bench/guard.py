"""What asking the guard before an order costs, with ten limits on orders and readings.

    python bench/guard.py [--orders 20000] [--warm-up 2000]

Prints one JSON object: nanoseconds a call of ``Guard.allow_order`` by the monotonic clock, each call timed alone. The
two readings of the timer are in the figures; what they cost is printed beside them.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence

from deskwatch.client.guard import (
    Guard,
    Limit,
    MaxClockOffset,
    MaxDataAge,
    MaxDrawdown,
    MaxExposure,
    MaxOrderNotional,
    MaxOrderRate,
    MaxOrdersPerSignal,
    MaxPosition,
    MaxRejects,
    NoDuplicateOrder,
    OrderLimit,
    Readings,
)
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


def armed_guard() -> Guard:
    """Return a guard that lets orders through."""
    guard = Guard(limits(), name="bench", clock=lambda: BEGIN_SECONDS)
    guard.note_clock_offset(0.01)
    guard.note_market_time(BEGIN_SECONDS)
    guard.check(Readings(equity=1e12))
    return guard


def measure(orders: int, warm_up: int) -> list[int]:
    """Return the nanoseconds of each call."""
    guard, sizes = armed_guard(), random.Random(1)
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
    calls = spread(measure(arguments.orders, arguments.warm_up))
    report(
        "guard",
        versions=versions(),
        limits=len(limits()),
        allow_order_ns=calls,
        timer_ns=spread(timer_ns())["p50"],
        budget_ns=BUDGET_NS,
        within_budget=all(calls[name] <= most for name, most in BUDGET_NS.items()),
    )


if __name__ == "__main__":
    main()
