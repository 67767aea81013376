from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client import Histogram as TheirHistogram

from deskwatch.client.metrics import Histogram, Registry
from deskwatch.client.timing import timed


@pytest.fixture
def clock() -> Callable[[], float]:
    """A clock that goes forward one second a look."""
    return functools.partial(next, count(0.0))


@pytest.fixture
def histogram() -> Histogram:
    return Registry().histogram("wait_seconds", "Wait.")


def seen(histogram: Histogram) -> tuple[int, float]:
    counts, total = histogram.read()
    return sum(counts), total


def test_a_block_is_timed_in_seconds(histogram: Histogram, clock: Callable[[], float]) -> None:
    with timed(histogram, clock=clock):
        pass
    assert seen(histogram) == (1, 1.0)


def test_a_block_that_raises_is_timed_and_raises(histogram: Histogram, clock: Callable[[], float]) -> None:
    with pytest.raises(KeyError), timed(histogram, clock=clock):
        raise KeyError("x")
    assert seen(histogram) == (1, 1.0)


def test_a_function_is_timed_at_each_call_and_stays_itself(histogram: Histogram, clock: Callable[[], float]) -> None:
    @timed(histogram, clock=clock)
    def rebalance(weight: float, *, dry: bool = False) -> str:
        """Rebalance."""
        return f"{weight}{dry}"

    assert rebalance(0.5, dry=True) == "0.5True"
    assert rebalance(1) == "1False"
    assert seen(histogram) == (2, 2.0)
    assert (rebalance.__name__, rebalance.__doc__) == ("rebalance", "Rebalance.")
    assert list(inspect.signature(rebalance).parameters) == ["weight", "dry"]


def test_an_async_function_is_timed_over_its_waiting(histogram: Histogram, clock: Callable[[], float]) -> None:
    @timed(histogram, clock=clock)
    async def fetch() -> int:
        await asyncio.sleep(0)
        clock()
        return 3

    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(fetch()) == 3
    assert seen(histogram) == (1, 2.0)


def test_a_family_takes_its_labels() -> None:
    family = Registry().histogram("wait_seconds", "Wait.", ("venue",))
    with timed(family, "XNAS"):
        pass
    with timed(family, venue="XNAS"):
        pass
    assert seen(family.labels("XNAS"))[0] == 2


def test_a_histogram_of_prometheus_client_will_do(clock: Callable[[], float]) -> None:
    registry = CollectorRegistry()
    with timed(TheirHistogram("wait_seconds", ".", registry=registry), clock=clock):
        pass
    assert registry.get_sample_value("wait_seconds_sum") == 1.0


def walk() -> Iterator[int]:
    yield 1


async def awalk() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("generator", [walk, awalk])
def test_a_generator_is_refused_when_it_is_decorated(histogram: Histogram, generator: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="measure the block"):
        timed(histogram)(generator)


@pytest.mark.parametrize("wrong", [staticmethod(walk), classmethod(walk), 5, dict])
def test_what_is_no_function_is_refused(histogram: Histogram, wrong: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="@timed"):
        timed(histogram)(wrong)


def test_what_is_no_histogram_is_refused() -> None:
    with pytest.raises(TypeError, match="such as registry"):
        timed(Registry().counter("hits_total", "."))  # type: ignore[arg-type]
