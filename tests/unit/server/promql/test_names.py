"""What is remembered of labels is what would be computed anew."""

from __future__ import annotations

import random

import pytest

from deskwatch.model import Labels, Scrape
from deskwatch.server.promql import Engine
from deskwatch.server.promql.names import grouping, joined, keys, nameless
from deskwatch.server.storage.samples import Names
from deskwatch.testing import ManualClock, MemoryStorage

EXPRESSIONS = (
    "m",
    "sum by (kind) (rate(m[1m]))",
    "max by (job) (m) - min by (job) (m)",
    "m - on (job, i, kind) group_right () n",
    "m * ignoring (kind) group_left (kind) max without (kind) (n)",
    "avg_over_time(m[30s]) > 20",
    "topk(2, m)",
)


def labels(name: str, number: int, job: str) -> Labels:
    return Labels({"__name__": name, "i": str(number), "kind": f"k{number % 2}", "job": job})


def store_of(rows: int, extra_from: int) -> MemoryStorage:
    """Return a store whose second source says one series more from a row on."""
    store, source = MemoryStorage(ManualClock(10_000)), random.Random(1)
    for row in range(rows):
        for job in ("a", "b"):
            count = 4 if job == "b" and row >= extra_from else 3
            series = tuple(labels(name, number, job) for name in ("m", "n") for number in range(count))
            store.append(Scrape(job, row * 5_000, series, [source.random() * 50 for _ in series]))
    return store


def answer(engine: Engine, expr: str, ts_ms: int) -> dict[Labels, float]:
    return dict(engine.query(expr, ts_ms).elements())


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_a_second_evaluation_says_what_a_fresh_engine_says(expr: str) -> None:
    """The set of series changes in between, so what was remembered of the first must not be used."""
    store = store_of(10, extra_from=100)
    engine = Engine(store)
    first = answer(engine, expr, 45_000)
    assert answer(engine, expr, 45_000) == first
    series = tuple(labels(name, number, "b") for name in ("m", "n") for number in range(4))
    store.append(Scrape("b", 50_000, series, [float(number) for number in range(8)]))
    fresh = MemoryStorage(ManualClock(10_000))
    for found in store.select([], 0, 50_000):
        for ts_ms, value in zip(found.ts_ms.tolist(), found.values.tolist(), strict=True):
            fresh.append(Scrape(repr(found.labels), ts_ms, (found.labels,), [value]))
    assert answer(engine, expr, 50_000) == pytest.approx(answer(Engine(fresh), expr, 50_000))


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_an_instant_query_is_the_last_step_of_a_range_query(expr: str) -> None:
    engine = Engine(store_of(20, extra_from=12))
    steps = engine.query_range(expr, 70_000, 90_000, 5_000).series
    at_end = {series.labels: series.values[-1] for series in steps if series.ts_ms[-1] == 90_000}
    assert answer(engine, expr, 90_000) == pytest.approx(at_end)


def test_names_give_the_same_names_and_a_list_is_not_kept() -> None:
    names = Names([labels("m", number, "a") for number in range(3)])
    assert nameless(names) is nameless(names)
    assert joined([names, names]) is joined([names, names])
    assert keys(names, ("kind",), False) is keys(names, ("kind",), False)
    assert grouping(names, ("kind",), False) is grouping(names, ("kind",), False)
    plain = list(names)
    assert nameless(plain) == list(nameless(names))
    assert nameless(plain) is not nameless(plain)


def test_by_and_without_are_remembered_apart() -> None:
    names = Names([labels("m", number, "a") for number in range(4)])
    assert list(keys(names, ("kind",), False)) == [Labels({"kind": f"k{number % 2}"}) for number in range(4)]
    assert list(keys(names, ("kind",), True)) == [Labels({"i": str(number), "job": "a"}) for number in range(4)]
