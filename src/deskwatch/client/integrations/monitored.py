"""Watch any function or block: calls, errors, durations, calls in progress.

Way:     ``@monitored`` or ``with monitored("block"):`` → [monitored] → catalog.metrics.monitored.
Threads: any. A call adds to plain counts, and ``metrics.cell`` says why that is exact. Calls in progress are what has
         begun less what has ended, worked out when somebody looks.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, TypeVar, overload

from deskwatch.catalog.metrics import monitored as catalog
from deskwatch.client import untrusted
from deskwatch.client.metrics import Counter, DropReason, Registry, default_registry
from deskwatch.client.metrics.family import OVERFLOW
from deskwatch.client.timing import is_async, refuse_generators

MAX_ERROR_TYPES: Final = 20
"""Classes of exceptions a function; what is beyond is counted as ``other``."""

MAX_NAMES: Final = 600
"""Functions and blocks a registry: each has three outcomes, and one metric may have 2,000 label sets."""

OTHER: Final = "other"
UNNAMED: Final = "unnamed"
"""The name of a block that was given none."""

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class _Watch:
    """The counts of one name."""

    def __init__(self, name: str, registry: Registry, clock: Callable[[], float]) -> None:
        calls = registry.family(catalog.CALLS)
        self.clock = clock
        self.begun = 0
        self._over = 0
        self._name = name
        self._ok: Counter = calls.labels(name, "ok")
        self._error: Counter = calls.labels(name, "error")
        self._cancelled: Counter = calls.labels(name, "cancelled")
        self._errors = registry.family(catalog.ERRORS)
        self._by_class: dict[str, Counter] = {}
        self._observe = registry.family(catalog.DURATION).labels(name).observe
        self._in_progress = registry.family(catalog.IN_PROGRESS).labels(name)
        registry.show_before_exposing(self)

    def ended(self, began: float) -> None:
        """Count a call that returned."""
        self._over += 1
        self._observe(self.clock() - began)
        self._ok.inc()

    def failed(self, error: BaseException, began: float) -> None:
        """Count a call that raised; what is no ``Exception`` is how tasks, threads and programs are ended."""
        self._over += 1
        self._observe(self.clock() - began)
        if not issubclass(type(error), Exception):
            self._cancelled.inc()
            return
        self._error.inc()
        name = _class_name(error)
        if name not in self._by_class and len(self._by_class) >= MAX_ERROR_TYPES:
            name = OTHER
        counter = self._by_class.get(name)
        if counter is None:
            counter = self._by_class.setdefault(name, self._errors.labels(self._name, name))
        counter.inc()

    def show(self) -> None:
        """Move the gauge, in the thread of the scrape; moved and not set, so that several processes are added up."""
        over = self._over  # read first: a call that ends meanwhile must not make the difference negative
        self._in_progress.inc(self.begun - over - self._in_progress.read())


class Monitored:
    """What ``monitored`` gives for a name: a context, sync and async, and a decorator.

    A block takes a new one each time.
    """

    __slots__ = ("_began", "_clock", "_name", "_registry", "_watch")

    def __init__(self, name: str | None, registry: Registry, clock: Callable[[], float]) -> None:
        self._name = name
        self._registry = registry
        self._clock = clock
        self._watch = _watch(name, registry, clock) if name is not None else None
        self._began = 0.0

    def __call__(self, function: FunctionT) -> FunctionT:
        """Decorate a function; it keeps its name, its signature and its async-ness."""
        refuse_generators(function, "@monitored")
        watch = self._watch or _watch(_qualified_name(function), self._registry, self._clock)
        wrapper = _around_async(function, watch) if is_async(function) else _around(function, watch)
        return functools.wraps(function)(wrapper)  # type: ignore[return-value]

    def __enter__(self) -> Monitored:
        watch = self._watch
        if watch is None:
            watch = self._watch = _watch(UNNAMED, self._registry, self._clock)
        watch.begun += 1
        self._began = watch.clock()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        watch = self._watch
        if watch is None:
            return
        if error is None:
            watch.ended(self._began)
        else:
            watch.failed(error, self._began)

    async def __aenter__(self) -> Monitored:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)


@overload
def monitored(target: FunctionT) -> FunctionT: ...
@overload
def monitored(
    target: str | None = None, *, registry: Registry | None = None, clock: Callable[[], float] = ...
) -> Monitored: ...
def monitored(
    target: FunctionT | str | None = None,
    *,
    registry: Registry | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> FunctionT | Monitored:
    """Count calls by outcome and errors by class, time them, and tell how many are in progress.

    ``@monitored``, ``@monitored("name")``, ``with monitored("name"):`` and ``async with monitored("name"):``. The label
    ``function`` is the name given, or module and qualified name of the function. Exceptions pass through as they are.

    Args:
        target: The function when used bare, or a name; a fixed word, never an order id.
        registry: Where the metrics are; by default the registry of the process.
        clock: Gives seconds that only go forward.

    Raises:
        TypeError: A generator or something that is no function is decorated.
    """
    shown = registry if registry is not None else default_registry()
    if callable(target) or isinstance(target, classmethod):
        return Monitored(None, shown, clock)(target)
    return Monitored(target, shown, clock)


def _around(function: Callable[..., Any], watch: _Watch) -> Callable[..., Any]:
    clock, ended, failed = watch.clock, watch.ended, watch.failed

    def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401  (whatever the function takes and gives)
        watch.begun += 1
        began = clock()
        try:
            result = function(*args, **named)
        except BaseException as error:
            failed(error, began)
            raise
        ended(began)
        return result

    return call


def _around_async(function: Callable[..., Any], watch: _Watch) -> Callable[..., Any]:
    clock, ended, failed = watch.clock, watch.ended, watch.failed

    async def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401  (as above)
        watch.begun += 1
        began = clock()
        try:
            result = await function(*args, **named)
        except BaseException as error:
            failed(error, began)
            raise
        ended(began)
        return result

    return call


def _qualified_name(function: Callable[..., Any]) -> str:
    inner = function.func if isinstance(function, functools.partial) else function
    name = getattr(inner, "__qualname__", None) or type(inner).__qualname__
    return f"{getattr(inner, '__module__', None) or '?'}.{name}"


def _class_name(error: BaseException) -> str:
    try:
        return untrusted.text(type(error).__name__) or OTHER
    except Exception:  # noqa: BLE001  (a metaclass may raise anything, and the bot's own error must come through)
        return OTHER


_watches: dict[Registry, dict[str, _Watch]] = {}
"""A registry that counts functions lives as long as the process: so do the functions."""


def _watch(name: str, registry: Registry, clock: Callable[[], float]) -> _Watch:
    """Return the counts of a name: the same for every block and function that has it."""
    known = _watches.get(registry)
    if known is None:
        known = _watches.setdefault(registry, {})
    watch = known.get(name) if type(name) is str else None
    return watch if watch is not None else _new_watch(known, name, registry, clock)


def _new_watch(known: dict[str, _Watch], given: object, registry: Registry, clock: Callable[[], float]) -> _Watch:
    name = untrusted.text(given) or UNNAMED
    if name not in known and len(known) >= MAX_NAMES:
        registry.drops.count(DropReason.LABEL_SETS)
        name = OVERFLOW
    watch = known.get(name)
    return watch if watch is not None else known.setdefault(name, _Watch(name, registry, clock))
