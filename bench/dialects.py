"""What a dialect adds to a recording call: the same call with and without one, in the same run.

    python bench/dialects.py [--rounds 9] [--calls 50000]

Prints one JSON object: nanoseconds a call, and how many times the bare call a dialect's costs. CPU time of the process;
rounds are interleaved, the median counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from deskwatch.catalog.metric import Metric
from deskwatch.catalog.metrics import bot, orders
from deskwatch.client import Registry, TradingMetrics
from deskwatch.client.dialect import declarations
from deskwatch.client.link import NoLink
from harness import report, versions

DIALECT = "algo_trade"
Call = Callable[[], object]


def series(metric: Metric, dialect: str | None, *labels: str) -> object:
    return declarations(Registry(), dialect).family(metric).labels(*labels)


def calls(dialect: str | None) -> dict[str, Call]:
    order = series(orders.ORDERS, dialect, "s", "SPY", "BUY", "filled")
    stage = series(orders.ORDER_STAGE_LATENCY, dialect, "s", "fill")
    cpu = series(bot.CPU, dialect)
    spy = TradingMetrics("s", starting_equity=1000, registry=Registry(), link=NoLink(), dialect=dialect).bind("SPY")
    return {
        "inc, renamed": order.inc,  # type: ignore[attr-defined]
        "observe, in milliseconds": lambda: stage.observe(0.045),  # type: ignore[attr-defined]
        "set, in percent": lambda: cpu.set(0.37),  # type: ignore[attr-defined]
        "record_order": lambda: spy.record_order("BUY", "filled", 0.045),
        "record_mark": lambda: spy.record_mark(100.5),
    }


def nanoseconds(call: Call, times: int) -> float:
    began = time.process_time_ns()
    for _ in range(times):
        call()
    return (time.process_time_ns() - began) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=50_000)
    options = parser.parse_args()
    bare, dialect = calls(None), calls(DIALECT)
    spent: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in bare}
    for _ in range(options.rounds):
        for name, (without, having) in spent.items():
            without.append(nanoseconds(bare[name], options.calls))
            having.append(nanoseconds(dialect[name], options.calls))
    figures = {name: [statistics.median(rounds) for rounds in both] for name, both in spent.items()}
    report(
        "dialects",
        versions=versions(),
        nanoseconds={name: {"bare": round(a), DIALECT: round(b)} for name, (a, b) in figures.items()},
        times_the_bare_call={name: round(b / a, 2) for name, (a, b) in figures.items()},
    )


if __name__ == "__main__":
    main()
