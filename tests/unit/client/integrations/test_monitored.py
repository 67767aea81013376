from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from deskwatch.catalog.metrics import monitored as catalog
from deskwatch.client.integrations.monitored import MAX_ERROR_TYPES, MAX_NAMES, monitored
from deskwatch.client.metrics import DropReason, Registry
from hostile import Hostile, HostileText


@pytest.fixture
def registry() -> Registry:
    return Registry()


def calls(registry: Registry, name: str) -> dict[str, float]:
    family = registry.family(catalog.CALLS)
    return {outcome: family.labels(name, outcome).read() for outcome in ("ok", "error", "cancelled")}


def errors(registry: Registry, name: str, kind: str) -> float:
    value: float = registry.family(catalog.ERRORS).labels(name, kind).read()
    return value


def in_progress(registry: Registry, name: str) -> float:
    registry.expose(with_prometheus_client=False)
    value: float = registry.family(catalog.IN_PROGRESS).labels(name).read()
    return value


def test_calls_are_counted_by_outcome_and_errors_by_class(registry: Registry) -> None:
    @monitored("divide", registry=registry)
    def divide(a: float, b: float) -> float:
        return a / b

    assert divide(6, 3) == 2
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)
    assert calls(registry, "divide") == {"ok": 1, "error": 1, "cancelled": 0}
    assert errors(registry, "divide", "ZeroDivisionError") == 1


def test_bare_and_called_it_names_the_function_with_its_module(registry: Registry) -> None:
    class Strategy:
        @monitored(registry=registry)
        def decide(self) -> int:
            return 1

    assert Strategy().decide() == 1
    name = f"{__name__}.{Strategy.decide.__qualname__}"
    assert name.endswith("<locals>.Strategy.decide")
    assert calls(registry, name)["ok"] == 1


def test_bare_it_records_in_the_registry_of_the_process() -> None:
    from deskwatch import default_registry

    @monitored
    def decide() -> int:
        return 1

    assert decide() == 1
    assert calls(default_registry(), f"{__name__}.{decide.__qualname__}")["ok"] == 1


def test_the_duration_is_measured_whatever_the_end(registry: Registry) -> None:
    clock = functools.partial(next, count(0.0, 0.5))
    for error in (None, KeyError(), KeyboardInterrupt()):
        try:
            with monitored("block", registry=registry, clock=clock):
                if error:
                    raise error
        except (KeyError, KeyboardInterrupt):
            pass
    counts, total = registry.family(catalog.DURATION).labels("block").read()
    assert (sum(counts), total) == (3, 1.5)


def test_an_exception_passes_through_as_it_is(registry: Registry) -> None:
    raised = LookupError("as it is")

    @monitored(registry=registry)
    def fail() -> None:
        raise raised from ValueError("cause")

    with pytest.raises(LookupError) as caught:
        fail()
    assert caught.value is raised
    assert isinstance(raised.__cause__, ValueError)
    assert raised.__context__ is None


def test_an_async_function_stays_one_and_a_cancelled_task_is_no_error(registry: Registry) -> None:
    @monitored("wait", registry=registry)
    async def wait(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    async def both() -> None:
        assert await wait(0) == "done"
        task = asyncio.create_task(wait(60))
        await asyncio.sleep(0)
        assert in_progress(registry, "wait") == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert inspect.iscoroutinefunction(wait)
    asyncio.run(both())
    assert calls(registry, "wait") == {"ok": 1, "error": 0, "cancelled": 1}
    assert in_progress(registry, "wait") == 0


def test_a_block_is_counted_sync_and_async(registry: Registry) -> None:
    async def work() -> None:
        async with monitored("block", registry=registry):
            assert in_progress(registry, "block") == 1

    asyncio.run(work())
    with monitored("block", registry=registry), monitored("block", registry=registry):
        assert in_progress(registry, "block") == 2
    assert calls(registry, "block")["ok"] == 3
    assert in_progress(registry, "block") == 0


def test_the_signature_is_kept(registry: Registry) -> None:
    @monitored(registry=registry)
    def order(symbol: str, *, size: float = 1.0) -> bool:
        """Send an order."""
        return bool(symbol and size)

    assert str(inspect.signature(order)) == "(symbol: 'str', *, size: 'float' = 1.0) -> 'bool'"
    assert order.__doc__ == "Send an order."


def test_classes_of_errors_are_bounded(registry: Registry) -> None:
    for number in range(MAX_ERROR_TYPES + 5):
        kind = type(f"Error{number}", (Exception,), {})
        with pytest.raises(kind), monitored("block", registry=registry):
            raise kind
    assert errors(registry, "block", "other") == 5
    assert errors(registry, "block", "Error0") == 1


def test_names_are_bounded_and_what_is_beyond_is_one_series(registry: Registry) -> None:
    for number in range(MAX_NAMES + 5):
        with monitored(f"order-{number}", registry=registry):
            pass
    assert calls(registry, "overflow")["ok"] == 5
    assert registry.drops.read()[DropReason.LABEL_SETS] >= 5


def test_sixteen_threads_lose_no_call(registry: Registry) -> None:
    @monitored("busy", registry=registry)
    def busy() -> None:
        pass

    threads = [threading.Thread(target=lambda: [busy() for _ in range(2_000)]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls(registry, "busy")["ok"] == 32_000
    assert in_progress(registry, "busy") == 0


def walk() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize("wrong", [walk, staticmethod(walk), classmethod(lambda cls: 1), dict])
def test_what_cannot_be_measured_is_refused_when_it_is_decorated(wrong: Any, registry: Registry) -> None:
    with pytest.raises(TypeError, match="@monitored"):
        monitored(registry=registry)(wrong)


class HostileMeta(type):
    __name__ = property(lambda _: 1 / 0)  # type: ignore[assignment]


class HostileError(Exception, metaclass=HostileMeta):
    pass


@pytest.mark.parametrize("make", [lambda: None, lambda: 5, str, lambda: "\ud800", Hostile, lambda: HostileText("x")])
def test_a_block_never_raises_whatever_its_name_is(make: Callable[[], Any], registry: Registry) -> None:
    name = make()
    with monitored(name, registry=registry):
        pass
    with pytest.raises(HostileError), monitored(name, registry=registry):
        raise HostileError
    assert sum(child.read() for child in registry.family(catalog.CALLS)) == 2


def test_a_partial_and_a_callable_object_have_names(registry: Registry) -> None:
    class Caller:
        async def __call__(self) -> int:
            return 4

    def three() -> int:
        return 3

    assert monitored(registry=registry)(functools.partial(three))() == 3
    assert asyncio.run(monitored(registry=registry)(Caller())()) == 4
    assert calls(registry, f"{__name__}.{three.__qualname__}")["ok"] == 1
    assert calls(registry, f"{__name__}.{Caller.__qualname__}")["ok"] == 1


def test_decorating_after_a_name_was_bound_shares_its_counts(registry: Registry) -> None:
    first: Callable[[], int] = monitored("shared", registry=registry)(lambda: 1)
    second: Callable[[], int] = monitored("shared", registry=registry)(lambda: 2)
    assert first() + second() == 3
    assert calls(registry, "shared")["ok"] == 2
