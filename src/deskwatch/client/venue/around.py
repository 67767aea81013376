"""Go along with a call, sync or async, without changing what it takes, returns or raises.

Way:     a method of a library's object → [around]: step in, the method itself, step out.
Threads: any; a step belongs to one call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import TracebackType
from typing import Any

from deskwatch.client.metrics import DropReason, Drops
from deskwatch.errors import OrderRefusedError

Arguments = Mapping[str, Any]


class Step:
    """What goes on around one call; this one does nothing.

    ``enter`` may raise ``OrderRefusedError``, and then the call is not made; a fault is counted and goes no further.
    """

    def enter(self) -> None:
        """Begin, just before the call."""

    def done(self, result: Any) -> None:  # noqa: ANN401  (whatever the method returned)
        """Take what the call returned."""

    def failed(self, error: BaseException) -> None:
        """Take what the call raised."""

    def leave(self) -> None:
        """End, whatever came of the call."""


class Look(Step):
    """Shows a result to somebody.

    Args:
        at: Is given the result.
    """

    def __init__(self, at: Callable[[Any], object]) -> None:
        self._at = at

    def done(self, result: Any) -> None:  # noqa: ANN401  (as above)
        """Take what the call returned."""
        self._at(result)


class _Around:
    """A step, and a net under it."""

    __slots__ = ("_drops", "_step")

    def __init__(self, step: Step, drops: Drops) -> None:
        self._step = step
        self._drops = drops

    def __enter__(self) -> _Around:
        try:
            self._step.enter()
        except OrderRefusedError:
            raise
        except Exception:  # noqa: BLE001  (a fault of ours must not stop the bot's call)
            self._drops.count(DropReason.INTERNAL)
        return self

    def done(self, result: object) -> None:
        self._safely(self._step.done, result)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self._safely(self._step.failed, error)
        self._safely(self._step.leave)

    def _safely(self, deed: Callable[..., object], *arguments: object) -> None:
        try:
            deed(*arguments)
        except Exception:  # noqa: BLE001  (what a venue answers may be of any shape)
            self._drops.count(DropReason.INTERNAL)


def around(method: Callable[..., Any], step: Callable[[Arguments], Step], drops: Drops) -> Callable[..., Any]:
    """Return the method with a step around each call.

    Args:
        method: Bound to its object; a coroutine function stays one.
        step: Makes the step, from the arguments by name.
        drops: Counts faults of the step.
    """
    names = tuple(inspect.signature(method).parameters)

    def begun(given: tuple[Any, ...], named: Mapping[str, Any]) -> _Around:
        try:
            return _Around(step({**dict(zip(names, given, strict=False)), **named}), drops)
        except Exception:  # noqa: BLE001  (arguments of any shape; the method itself will say what is wrong with them)
            drops.count(DropReason.INTERNAL)
            return _Around(Step(), drops)

    def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401  (as the method has it)
        with begun(given, named) as step_around:
            result = method(*given, **named)
            step_around.done(result)
        return result

    async def await_call(*given: Any, **named: Any) -> Any:  # noqa: ANN401  (as the method has it)
        with begun(given, named) as step_around:
            result = await method(*given, **named)
            step_around.done(result)
        return result

    return wraps(method)(await_call if inspect.iscoroutinefunction(method) else call)
