"""What one bound recording call costs: ours, prometheus-client's and OpenTelemetry's, in the same run.

    python bench/record.py [--rounds 9] [--calls 100000]

Prints one JSON object: the machine, the versions, nanoseconds a call and how many times faster ours is. CPU time of
the process, so a fold of ours is paid for in full; rounds are interleaved, the median counts, and every figure carries
the same loop. OpenTelemetry has no bound child: its calls name the attributes, as its users must. The same again with
PROMETHEUS_MULTIPROC_DIR set, where ours and prometheus-client's both write into mapped files; OpenTelemetry has no
such mode. "observe" is given latencies that vary, "observe_same" the value 0.2 each time: prometheus-client looks at
the bounds one after the other, so what it costs depends on the value.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import prometheus_client
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from deskwatch.client import Registry
from harness import folder, report, versions

LABELS = {"strategy": "momentum", "symbol": "BTC-PERP"}
CALLS = ("inc", "set", "observe", "observe_same")
DISTINCT = 10_000
"""Different values; a million of them would measure how fast the memory brings them, which a bot just made."""

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
Timed = Callable[[Sequence[float]], None]


def loop(call: Callable[[float], object]) -> Timed:
    """Time a call that takes the value."""

    def run(values: Sequence[float]) -> None:
        for value in values:
            call(value)

    return run


def loop_bare(call: Callable[[], object]) -> Timed:
    """Time a call that takes nothing."""

    def run(values: Sequence[float]) -> None:
        for _ in values:
            call()

    return run


def loop_attributes(call: Callable[..., object], *fixed: float) -> Timed:
    """Time a call that takes the value, or a fixed one, and the attributes."""

    def run(values: Sequence[float]) -> None:
        for value in values:
            call(*(fixed or (value,)), LABELS)

    return run


def deskwatch(registry: Registry) -> dict[str, Timed]:
    names = tuple(LABELS)
    counter = registry.counter("bench_total", "Counter.", names).labels(**LABELS)
    gauge = registry.gauge("bench_level", "Gauge.", names).labels(**LABELS)
    histogram = registry.histogram("bench_seconds", "Histogram.", names).labels(**LABELS)
    observe = loop(histogram.observe)
    return {"inc": loop_bare(counter.inc), "set": loop(gauge.set), "observe": observe, "observe_same": observe}


def prometheus() -> dict[str, Timed]:
    registry, names = prometheus_client.CollectorRegistry(), tuple(LABELS)
    counter = prometheus_client.Counter("bench", "Counter.", names, registry=registry).labels(**LABELS)
    gauge = prometheus_client.Gauge("bench_level", "Gauge.", names, registry=registry).labels(**LABELS)
    histogram = prometheus_client.Histogram("bench_seconds", "Histogram.", names, registry=registry).labels(**LABELS)
    observe = loop(histogram.observe)
    return {"inc": loop_bare(counter.inc), "set": loop(gauge.set), "observe": observe, "observe_same": observe}


def opentelemetry() -> dict[str, Timed]:
    meter = MeterProvider([InMemoryMetricReader()]).get_meter("bench")
    counter, gauge = meter.create_counter("bench"), meter.create_gauge("bench_level")
    histogram = meter.create_histogram("bench_seconds")
    return {
        "inc": loop_attributes(counter.add, 1.0),
        "set": loop_attributes(gauge.set),
        "observe": loop_attributes(histogram.record),
        "observe_same": loop_attributes(histogram.record),
    }


def nanoseconds(run: Timed, values: Sequence[float], times: int) -> float:
    began = time.process_time_ns()
    for _ in range(times):
        run(values)
    return (time.process_time_ns() - began) / (times * len(values))


def measure(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """Return the median nanoseconds a call, by library and call."""
    latencies = random.Random(1)
    values = [latencies.lognormvariate(-3, 1) for _ in range(DISTINCT)]  # seconds, most of them 20 to 130 ms
    given = {call: [0.2] * DISTINCT if call == "observe_same" else values for call in CALLS}
    registry = Registry()  # held until the end, as a bot holds it: a histogram of no registry folds nothing
    libraries = {"deskwatch": deskwatch(registry), "prometheus_client": prometheus()}
    if FOLDER_VARIABLE not in os.environ:
        libraries["opentelemetry"] = opentelemetry()
    seen: dict[str, dict[str, list[float]]] = {name: {call: [] for call in CALLS} for name in libraries}
    for _ in range(rounds):
        for call in CALLS:
            for name, timed in libraries.items():
                seen[name][call].append(nanoseconds(timed[call], given[call], calls // DISTINCT))
    check(registry, rounds * (calls // DISTINCT) * DISTINCT)
    return {
        name: {call: round(statistics.median(times), 1) for call, times in calls_.items()}
        for name, calls_ in seen.items()
    }


def check(registry: Registry, calls: int) -> None:
    """Raise unless every call was counted."""
    body = registry.expose(with_prometheus_client=False).decode()
    labels = ",".join(f'{name}="{value}"' for name, value in LABELS.items())
    for name, times in {"bench_total": calls, "bench_seconds_count": 2 * calls}.items():
        if f"{name}{{{labels}}} {float(times)}" not in body:
            raise RuntimeError(f"{name} is not {times}")


def measure_with_folder(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """Return the same of a process that was started with the variable, which prometheus-client reads at its import."""
    with folder() as shared:
        done = subprocess.run(
            [sys.executable, __file__, "--bare", f"--rounds={rounds}", f"--calls={calls}"],
            env={**os.environ, FOLDER_VARIABLE: str(shared)},
            stdout=subprocess.PIPE,
            check=True,
        )
    return dict(json.loads(done.stdout))


def faster(nanos: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return how many times faster ours is than each of the others."""
    ours = nanos["deskwatch"]
    return {
        peer: {call: round(theirs[call] / ours[call], 1) for call in CALLS}
        for peer, theirs in nanos.items()
        if theirs is not ours
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    nanos = measure(arguments.rounds, arguments.calls)
    if arguments.bare:
        print(json.dumps(nanos))
        return
    shared = measure_with_folder(arguments.rounds, arguments.calls)
    report(
        "record",
        versions=versions("prometheus-client", "opentelemetry-sdk"),
        ns_per_call=nanos,
        times_faster=faster(nanos),
        several_processes={"ns_per_call": shared, "times_faster": faster(shared)},
    )


if __name__ == "__main__":
    main()
