"""What a scrape of 3,000 series costs the bot: ours and prometheus-client's generate_latest, in the same run.

    python bench/expose.py [--rounds 15]

Prints one JSON object: the machine, the versions, milliseconds a scrape and how many times faster ours is. CPU time of
the process, rounds interleaved, the median counts. Both hold the same 1,000 counters, 1,000 gauges and 59 histograms,
given the same values; each body is read back with prometheus-client's parser, and the two must say the same. In the
rounds "changed" every series got a new value since the last scrape, in the rounds "unchanged" none. "with_process" adds
what a scrape also writes: prometheus-client's own registry with the figures of the process.
"""

from __future__ import annotations

import argparse
import gzip
import math
import random
import statistics
import time
import zlib
from collections.abc import Callable

import prometheus_client
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client import Registry
from deskwatch.client.metrics.exporter import GZIP_WBITS
from harness import report, versions

LABELS = ("strategy", "symbol")
SYMBOLS = [f"SYM{number:04}-PERP" for number in range(1_000)]
HISTOGRAMS = SYMBOLS[:59]  # 17 lines each
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Ours:
    """Our registry with all series."""

    def __init__(self) -> None:
        self.registry = Registry()
        counter = self.registry.counter("orders_total", "Orders.", LABELS)
        gauge = self.registry.gauge("position_usd", "Position.", LABELS)
        histogram = self.registry.histogram("latency_seconds", "Latency.", LABELS)
        self.incs = [counter.labels("momentum", symbol).inc for symbol in SYMBOLS]
        self.sets = [gauge.labels("momentum", symbol).set for symbol in SYMBOLS]
        self.observes = [histogram.labels("momentum", symbol).observe for symbol in HISTOGRAMS]

    def expose(self) -> bytes:
        return self.registry.expose(with_prometheus_client=False)


class Theirs:
    """Prometheus-client's registry with the same series."""

    def __init__(self) -> None:
        self.registry = prometheus_client.CollectorRegistry()
        counter = prometheus_client.Counter("orders", "Orders.", LABELS, registry=self.registry)
        gauge = prometheus_client.Gauge("position_usd", "Position.", LABELS, registry=self.registry)
        histogram = prometheus_client.Histogram("latency_seconds", "Latency.", LABELS, registry=self.registry)
        self.incs = [counter.labels("momentum", symbol).inc for symbol in SYMBOLS]
        self.sets = [gauge.labels("momentum", symbol).set for symbol in SYMBOLS]
        self.observes = [histogram.labels("momentum", symbol).observe for symbol in HISTOGRAMS]

    def expose(self) -> bytes:
        return prometheus_client.generate_latest(self.registry)


def record(side: Ours | Theirs, seed: int) -> None:
    """Give every series a value."""
    values = random.Random(seed)
    for inc in side.incs:
        inc(values.random())
    for set_ in side.sets:
        set_(values.gauss(0, 1e5))
    for observe in side.observes:
        observe(values.lognormvariate(-3, 1))


def samples(body: bytes) -> Samples:
    """Read an exposition, without what only one of the two writes."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
        if not sample.name.endswith("_created") and not sample.name.startswith("deskwatch_")
    }


def check(ours: Ours, theirs: Theirs) -> int:
    """Return how many series both say the same of; raise if they do not."""
    read, wanted = samples(ours.expose()), samples(theirs.expose())
    if read.keys() != wanted.keys() or not all(math.isclose(read[key], wanted[key]) for key in wanted):
        raise RuntimeError(f"{len(read)} and {len(wanted)} series, and they differ")
    return len(read)


def milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1e6


def measure(rounds: int) -> tuple[int, dict[str, float]]:
    """Return the number of series, and the median milliseconds of each way to write them."""
    ours, theirs = Ours(), Theirs()
    seen: dict[str, list[float]] = {}
    for seed in range(rounds):
        record(ours, seed)
        record(theirs, seed)
        for name, work in {
            "deskwatch_changed": ours.expose,
            "deskwatch_unchanged": ours.expose,
            "prometheus_client_changed": theirs.expose,
            "prometheus_client_unchanged": theirs.expose,
            "deskwatch_with_process": ours.registry.expose,
        }.items():
            seen.setdefault(name, []).append(milliseconds(work))
    body = ours.expose()
    seen["gzip_level_1"] = [milliseconds(lambda: zlib.compress(body, level=1, wbits=GZIP_WBITS)) for _ in range(rounds)]
    seen["gzip_level_9"] = [milliseconds(lambda: gzip.compress(body)) for _ in range(rounds)]
    return check(ours, theirs), {name: round(statistics.median(times), 2) for name, times in seen.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    series, took = measure(arguments.rounds)
    faster = {
        case: round(took[f"prometheus_client_{case}"] / took[f"deskwatch_{case}"], 1)
        for case in ("changed", "unchanged")
    }
    report("expose", versions=versions("prometheus-client"), series=series, ms_per_scrape=took, times_faster=faster)


if __name__ == "__main__":
    main()
