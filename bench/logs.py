"""What one JSON log line to a file costs: ours, structlog's, the standard library's and loguru's, in the same run.

    python bench/logs.py [--rounds 15] [--lines 5000]

Prints one JSON object: the machine, the versions, CPU microseconds a line, and ours as a part of structlog's. The line
is that of the issue: five fields of the call, two bound, and the fixed keys. Every peer writes each line with one
write, in the calling thread, so what its caller pays is its total. Ours writes from a thread of its own:

- caller: CPU time of the calling thread alone, which the bot's loop pays;
- total: CPU time of the whole process until the last line is in the file.

Lines come in bursts smaller than the queue, and each burst is waited for, so none is dropped; the benchmark fails
if one is. An order id differs on every line, so that the search for secrets is paid for. "Rotation off" is
``rotation=None``; "on" are the defaults, within one file; "moving" moves the file away every 256 kB, unpacked,
and "packing" packs it too. Rounds are interleaved, in an order drawn anew, and the median counts.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import random
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import structlog

from deskwatch.client import default_registry, get_logger
from deskwatch.client.logs import Rotation
from harness import folder, progress, report, versions

BOUND = {"environment": "production", "strategy": "momentum"}
Log = Callable[[str], object]
ROTATIONS = {
    "off": None,
    "on": Rotation(),
    "moving": Rotation(max_bytes=256_000, compress=False),
    "packing": Rotation(max_bytes=256_000),
}


def call(info: Callable[..., object]) -> Log:
    """Return the call of the benchmark: a message and five fields."""

    def log(order_id: str) -> None:
        info("Order executed", symbol="BTC-PERP", side="BUY", quantity=0.25, price=64250.5, order_id=order_id)

    return log


def ours(path: Path, rotation: Rotation | None) -> tuple[Log, Callable[[], object]]:
    logger = get_logger("trading-bot", path, rotation=rotation).bind(**BOUND)
    return call(logger.info), lambda: logger.flush(60)


def structlog_orjson(path: Path) -> Log:
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(serializer=orjson.dumps),
    ]
    output = structlog.BytesLogger(path.open("ab"))
    wrapper = structlog.make_filtering_bound_logger(logging.INFO)
    wrapped = structlog.wrap_logger(output, processors, wrapper, cache_logger_on_first_use=True)
    return call(wrapped.bind(logger="trading-bot", service="trading-bot", **BOUND).info)


class StandardJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"timestamp": self.formatTime(record), "level": record.levelname, "logger": record.name}
        return json.dumps({**line, "message": record.getMessage(), "service": "trading-bot", **vars(record)["fields"]})


def standard_json(path: Path) -> Log:
    logger = logging.Logger("trading-bot", logging.INFO)  # noqa: LOG001  (no other test shares it)
    handler = logging.FileHandler(path)
    handler.setFormatter(StandardJson())
    logger.addHandler(handler)

    def info(message: str, **fields: object) -> None:
        logger.info(message, extra={"fields": {**BOUND, **fields}})

    return call(info)


def loguru_serialize(path: Path) -> Log:
    loguru = import_module("loguru")
    loguru.logger.remove()
    loguru.logger.add(path, serialize=True, format="{message}", backtrace=False, diagnose=False)
    return call(loguru.logger.bind(service="trading-bot", **BOUND).info)


def peers(directory: Path) -> dict[str, Log]:
    logs = {
        "structlog_orjson": structlog_orjson(directory / "structlog.log"),
        "standard_json": standard_json(directory / "standard.log"),
    }
    try:
        logs["loguru"] = loguru_serialize(directory / "loguru.log")
    except ModuleNotFoundError:
        progress("loguru is not installed and is left out")
    return logs


def microseconds(log: Log, flush: Callable[[], object], order_ids: list[str]) -> tuple[float, float]:
    """Return CPU microseconds a line: of the caller, and of the process until all is written."""
    process, thread = time.process_time_ns(), time.thread_time_ns()
    for order_id in order_ids:
        log(order_id)
    caller = time.thread_time_ns() - thread
    flush()
    total = time.process_time_ns() - process
    return caller / len(order_ids) / 1000, total / len(order_ids) / 1000


def measure(directory: Path, rounds: int, lines: int) -> dict[str, dict[str, float]]:
    """Return the median microseconds a line, by logger."""
    runs: dict[str, tuple[Log, Callable[[], object]]] = {
        name: (log, lambda: None) for name, log in peers(directory).items()
    }
    runs |= {f"deskwatch_rotation_{name}": ours(directory / f"{name}.log", how) for name, how in ROTATIONS.items()}
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    order = random.Random(1)
    for turn in range(rounds + 1):
        order_ids = [f"{turn:08x}-0000-4000-8000-{number:012x}" for number in range(lines)]
        for name in order.sample(list(runs), len(runs)):
            seen[name].append(microseconds(*runs[name], order_ids))
    return {
        name: {
            "caller": round(statistics.median(caller for caller, _ in figures[1:]), 2),  # the first round warms up
            "total": round(statistics.median(total for _, total in figures[1:]), 2),
        }
        for name, figures in seen.items()
    }


def bytes_a_line(directory: Path) -> dict[str, int]:
    with contextlib.suppress(OSError):
        names = {"deskwatch": "off", "structlog_orjson": "structlog", "standard_json": "standard"}
        return {
            name: len((directory / f"{file}.log").read_bytes().splitlines()[-1]) + 1 for name, file in names.items()
        }
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--lines", type=int, default=5000, help="a burst; at most 8000, so that the queue holds it")
    arguments = parser.parse_args()
    with folder() as directory:
        figures = measure(directory, arguments.rounds, min(arguments.lines, 8000))
        sizes = bytes_a_line(directory)
    if default_registry().drops.total:
        raise SystemExit(f"lines were dropped, so the figures mean nothing: {default_registry().drops.read()}")
    on, off, structlog_ = (
        figures[name] for name in ("deskwatch_rotation_on", "deskwatch_rotation_off", "structlog_orjson")
    )
    report(
        "logs",
        versions=versions("structlog", "orjson", "loguru"),
        cpu_us_per_line=figures,
        bytes_per_line=sizes,
        part_of_structlog={
            "caller": round(on["caller"] / structlog_["caller"], 2),
            "total": round(on["total"] / structlog_["total"], 2),
        },
        rotation_on_to_off=round(on["total"] / off["total"], 3),
    )


if __name__ == "__main__":
    main()
