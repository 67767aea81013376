"""A bot that trades by a fixed script, says what it has recorded, and goes on where its archive stopped.

python archived_bot.py URL SEED
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from itertools import count, islice
from typing import NamedTuple

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import FillArchive, Registry, TradingMetrics
from deskwatch.client.fills.store import FillStore

START_SECONDS = 1_641_038_400.0
STEP_SECONDS = 7_200.0
"""Twelve entries a day, so that returns are taken as well."""

PACE_SECONDS = 0.0005
"""Without a pause it would record far more than any disk takes, and overflow on purpose."""

STRATEGY = "s"


class Step(NamedTuple):
    """A mark and the entry after it."""

    number: int
    what: str
    quantity: int
    price: int


def script(seed: int) -> Iterator[Step]:
    """Yield the same steps for the same seed, for ever."""
    chance = random.Random(seed)
    for number in count():
        what = chance.choice(["BUY", "BUY", "SELL", "SELL", "SELL", "funding"])
        yield Step(number, what, chance.randint(1, 9), chance.randint(90, 110))


def live(metrics: TradingMetrics, clock: ManualSeconds, step: Step) -> None:
    """Do one step."""
    clock.now = START_SECONDS + step.number * STEP_SECONDS
    metrics.record_mark("A", step.price)
    if step.what == "funding":
        metrics.record_funding("A", f"-0.0{step.quantity}")
    else:
        metrics.record_fill("A", step.what, step.quantity, step.price, fee="0.01")


def recorder(archive: FillArchive | None) -> tuple[TradingMetrics, ManualSeconds]:
    """Return what records the script."""
    clock = ManualSeconds(START_SECONDS)
    metrics = TradingMetrics(
        STRATEGY, starting_equity=10_000, registry=Registry(), link=CollectingLink(), clock=clock, archive=archive
    )
    return metrics, clock


def entries(url: str) -> int:
    """Return how many entries the archive has: as many steps are done."""
    store = FillStore.open(url)
    try:
        return len(list(store.entries(STRATEGY)))
    finally:
        store.close()


def main(url: str, seed: int) -> None:
    """Trade until somebody kills it; a real bot would ask its venue for what its archive lacks."""
    done = entries(url)
    metrics, clock = recorder(FillArchive(url))
    for step in islice(script(seed), done, None):
        live(metrics, clock, step)
        print(step.number, flush=True)
        time.sleep(PACE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
