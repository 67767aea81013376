from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from deskwatch.client.metrics import Drops
from deskwatch.client.venue.around import Step, around
from deskwatch.errors import OrderRefusedError


class Breaking(Step):
    """Fails in everything that it does."""

    def enter(self) -> None:
        raise RuntimeError("enter")

    def done(self, result: Any) -> None:
        raise RuntimeError("done")

    def failed(self, error: BaseException) -> None:
        raise RuntimeError("failed")

    def leave(self) -> None:
        raise RuntimeError("leave")


class Refusing(Step):
    def enter(self) -> None:
        raise OrderRefusedError("halted", "BTC")


def double(number: int, by: int = 2) -> int:
    if number < 0:
        raise KeyError(number)
    return number * by


async def double_async(number: int, by: int = 2) -> int:
    return double(number, by)


def _broken(_: object) -> Step:
    raise RuntimeError("no step")


@pytest.mark.parametrize("step", [lambda _: Breaking(), _broken])
def test_a_fault_of_the_step_is_counted_and_changes_nothing(step: Callable[[Any], Step]) -> None:
    drops = Drops()
    watched = around(double, step, drops)
    assert watched(2, by=3) == 6
    with pytest.raises(KeyError):
        watched(-1)
    assert asyncio.run(around(double_async, step, drops)(4)) == 8
    assert drops.total >= 3


def test_a_refusal_comes_out_and_the_call_is_not_made() -> None:
    made = []
    with pytest.raises(OrderRefusedError, match="halted"):
        around(made.append, lambda _: Refusing(), Drops())(1)
    assert made == []


def test_the_step_is_given_the_arguments_by_name() -> None:
    seen = []

    def step(arguments: Any) -> Step:
        seen.append(dict(arguments))
        return Step()

    watched = around(double, step, Drops())
    watched(2, by=5)
    watched(number=3)
    assert seen == [{"number": 2, "by": 5}, {"number": 3}]
    assert inspect.signature(watched) == inspect.signature(double)
