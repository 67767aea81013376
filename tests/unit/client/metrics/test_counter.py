from __future__ import annotations

import math
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from deskwatch.client.metrics import DropReason, Registry

THREADS = 16
CALLS = 20_000


@pytest.fixture
def quick_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("quick_switches")
def test_sixteen_threads_lose_no_count() -> None:
    counter = Registry().counter("hits_total", "Hits.")

    def hit() -> None:
        for _ in range(CALLS):
            counter.inc()

    threads = [threading.Thread(target=hit) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read() == THREADS * CALLS


def test_amounts_of_any_number_type_add_up() -> None:
    counter = Registry().counter("paid_total", "Paid.")
    for amount in (1, 2.5, Decimal("0.5"), True):
        counter.inc(amount)  # type: ignore[arg-type]
    assert counter.read() == 5.0


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (-1, DropReason.NEGATIVE),
        (math.nan, DropReason.NOT_FINITE),
        (math.inf, DropReason.NOT_FINITE),
        (-math.inf, DropReason.NEGATIVE),
        ("1", DropReason.NOT_A_NUMBER),
        (None, DropReason.NOT_A_NUMBER),
    ],
)
def test_a_bad_amount_is_dropped_and_counted(amount: object, reason: DropReason) -> None:
    registry = Registry()
    counter = registry.counter("hits_total", "Hits.")
    counter.inc(amount)  # type: ignore[arg-type]
    assert counter.read() == 0
    assert registry.drops.read()[reason] == registry.drops.total == 1
