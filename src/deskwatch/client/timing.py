"""Time a block or a function into a histogram.

Way:     ``with timed(histogram):`` or ``@timed(histogram)`` → [timing] → Histogram.observe, in seconds.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

from deskwatch.client.metrics.family import Family

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class Observer(Protocol):
    """What takes values: a histogram of ours with its labels bound, or prometheus-client's."""

    def observe(self, value: float) -> None:
        """Record one value."""
        ...


class timed:  # noqa: N801  (it reads as a verb: with timed(...), @timed(...))
    """Observe how many seconds a block or each call of a function takes, whether it ends well or raises.

    As a decorator it keeps the function's name, signature and async-ness. For a block make a new one each time.

    Args:
        histogram: A histogram, or a family of histograms.
        labels: The label values of a family, by position.
        clock: Gives seconds that only go forward.
        named: The label values of a family, by name.

    Raises:
        TypeError: The histogram is none, or a generator is decorated.
    """

    __slots__ = ("_began", "_clock", "_observe")

    def __init__(
        self,
        histogram: Observer | Family[Any],
        *labels: object,
        clock: Callable[[], float] = time.perf_counter,
        **named: object,
    ) -> None:
        self._observe = _observer(histogram, labels, named)
        self._clock = clock
        self._began = 0.0

    def __enter__(self) -> timed:
        self._began = self._clock()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._observe(self._clock() - self._began)

    def __call__(self, function: FunctionT) -> FunctionT:
        """Decorate a function."""
        refuse_generators(function, "@timed")
        wrapper = self._around_async(function) if is_async(function) else self._around(function)
        return functools.wraps(function)(wrapper)  # type: ignore[return-value]

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        clock, observe = self._clock, self._observe

        def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401  (whatever the function takes and gives)
            began = clock()
            try:
                return function(*args, **named)
            finally:
                observe(clock() - began)

        return call

    def _around_async(self, function: Callable[..., Any]) -> Callable[..., Any]:
        clock, observe = self._clock, self._observe

        async def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401  (as above)
            began = clock()
            try:
                return await function(*args, **named)
            finally:
                observe(clock() - began)

        return call


def is_async(function: Callable[..., Any]) -> bool:
    """Say whether calling it gives a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def refuse_generators(function: object, decorator: str) -> None:
    """Refuse what cannot be measured by its call.

    Raises:
        TypeError: Says what would be right.
    """
    if isinstance(function, (staticmethod, classmethod)):
        raise TypeError(f"put {decorator} below @{type(function).__name__}, next to the function")
    if not callable(function):
        raise TypeError(f"{decorator} decorates a function, was given {function!r}")
    if inspect.isclass(function):
        raise TypeError(f"{decorator} would hide the class {function.__qualname__}: decorate its methods")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        name = getattr(function, "__qualname__", repr(function))
        raise TypeError(
            f"{decorator} cannot measure the generator {name}: a call of it returns at once, the work happens later; "
            "measure the block that does the work, or the loop that consumes it"
        )


def _observer(
    histogram: Observer | Family[Any], labels: tuple[object, ...], named: dict[str, object]
) -> Callable[[float], None]:
    if labels or named or isinstance(histogram, Family):
        histogram = histogram.labels(*labels, **named)  # type: ignore[union-attr]
    observe = getattr(histogram, "observe", None)
    if not callable(observe):
        raise TypeError(
            f"timed takes a histogram, such as registry.histogram('wait_seconds', '...'), was {histogram!r}"
        )
    return observe  # type: ignore[no-any-return]
