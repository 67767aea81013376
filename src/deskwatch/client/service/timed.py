"""Time a block or a function, and tell how it ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from deskwatch.client.timing import is_async, refuse_generators

Parameters = ParamSpec("Parameters")
ReturnT = TypeVar("ReturnT")

Ended = Callable[[float, BaseException | None], None]
"""Takes the seconds that it took and the exception that ended it."""


class Timed:
    """Both ``with service.task("sync"):`` and ``@service.task("sync")``, also above ``async def``.

    What is raised goes on its way. One object times one block at a time; a decorated function may run many times at
    once.

    Args:
        ended: Is told of each end.
        clock: Gives seconds; only differences count.
    """

    __slots__ = ("_clock", "_ended", "_started")

    def __init__(self, ended: Ended, clock: Callable[[], float]) -> None:
        self._ended = ended
        self._clock = clock
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = self._clock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended(self._clock() - self._started, error)

    def __call__(self, function: Callable[Parameters, ReturnT]) -> Callable[Parameters, ReturnT]:
        """Return the function, timed.

        Raises:
            TypeError: It is a generator, whose call returns before the work begins.
        """
        refuse_generators(function, "the decorator")
        if is_async(function):
            return cast("Callable[Parameters, ReturnT]", self._of_coroutine(cast("Any", function)))

        @wraps(function)
        def timed(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ReturnT:
            with Timed(self._ended, self._clock):
                return function(*args, **kwargs)

        return timed

    def _of_coroutine(
        self, function: Callable[Parameters, Coroutine[Any, Any, ReturnT]]
    ) -> Callable[Parameters, Coroutine[Any, Any, ReturnT]]:
        @wraps(function)
        async def timed(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ReturnT:
            with Timed(self._ended, self._clock):
                return await function(*args, **kwargs)

        return timed


def error_type(error: BaseException | None) -> str | None:
    """Return the class of the exception as a label, or ``None`` without one."""
    return None if error is None else type(error).__name__
