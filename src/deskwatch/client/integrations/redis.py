"""Commands of redis-py's clients, sync and asyncio: how long, how many, hits and misses.

redis-py 8 has hooks for OpenTelemetry and events of connections, but none that sees an answer, and without the answer
nobody knows a miss. So the one client that is handed over becomes of a subclass of its class, whose
``execute_command`` looks at the answer; redis-py itself stays as it is.

Way:     ``client.get(...)`` → [redis] → the families ``cache_*``.
Threads: a client may be used by many; nothing is kept between two commands.
Source:  https://redis.readthedocs.io/en/stable/opentelemetry.html, https://redis.io/docs/latest/commands/
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from deskwatch.client.extra import load
from deskwatch.client.service.by_labels import ByLabels
from deskwatch.client.service.commands import CommandRecorder
from deskwatch.client.service.metrics import ServiceMetrics
from deskwatch.client.service.timed import error_type

if TYPE_CHECKING:
    import redis
    import redis.asyncio

ONE_VALUE: Final = frozenset({"GET", "GETEX", "GETDEL", "HGET"})
"""Commands that ask for one value, and answer nothing when it is not there."""

MANY_VALUES: Final = frozenset({"MGET", "HMGET"})
"""Commands that ask for several, and answer nothing for each that is not there."""

OTHER: Final = "OTHER"
_WORD: Final = re.compile(r"[A-Z][A-Z0-9_.-]{0,31}")


def watch_redis(client: redis.Redis | redis.asyncio.Redis, metrics: ServiceMetrics | None = None) -> ServiceMetrics:
    """Time a client's commands, count its errors, hits and misses; also those of its pipelines.

    Args:
        client: Of ``redis.Redis`` or ``redis.asyncio.Redis``. Watching it twice is watching it once.
        metrics: Where to record; by default a recorder in the registry of the process.

    Returns:
        The recorder, for what else the service does.

    Raises:
        MissingExtraError: redis-py is not installed.
        ValueError: It is another kind of client.
    """
    sync, asyncio = (load(name, "redis", "Counting Redis commands").Redis for name in ("redis", "redis.asyncio"))
    if not isinstance(client, (sync, asyncio)):
        raise ValueError(f"a client is a redis.Redis or a redis.asyncio.Redis, was {type(client).__name__}")  # noqa: TRY004
    recorder = metrics if metrics is not None else ServiceMetrics()
    if not isinstance(client, (_Sync, _Async)):
        _watch(client, _Async if isinstance(client, asyncio) else _Sync, _Commands(recorder))
    return recorder


class _Commands:
    """Says what was sent and what was answered, in the recorder's words."""

    def __init__(self, metrics: ServiceMetrics) -> None:
        self.clock = metrics.clock
        self._pipelines = metrics.cache.pipelines
        self._by_word: ByLabels[tuple[str, CommandRecorder]] = ByLabels(
            lambda word: _named(metrics, word), metrics.registry.drops
        )

    def answered(self, args: tuple[Any, ...], answer: object, seconds: float | None) -> None:
        word, recorder = self._by_word.get(args[0] if args else "")
        if isinstance(answer, Exception):  # a pipeline that does not raise gives it in the place of the answer
            recorder.record(seconds, error_type=error_type(answer))
            return
        hits, misses = _found(word, answer)
        recorder.record(seconds, hits=hits, misses=misses)

    def failed(self, args: tuple[Any, ...], error: BaseException, seconds: float) -> None:
        self._by_word.get(args[0] if args else "")[1].record(seconds, error_type=error_type(error))

    def pipeline_answered(self, sent: list[tuple[Any, ...]], answers: list[object], seconds: float) -> None:
        self._pipelines.record(seconds)
        for args, answer in zip(sent, answers, strict=False):
            self.answered(args, answer, None)

    def pipeline_failed(self, sent: list[tuple[Any, ...]], error: BaseException, seconds: float) -> None:
        self._pipelines.record(seconds, error_type(error))
        for args in sent:  # which of them failed is not told
            self._by_word.get(args[0])[1].record(None)


def _named(metrics: ServiceMetrics, sent: str) -> tuple[str, CommandRecorder]:
    word = sent.partition(" ")[0].upper()
    word = word if _WORD.fullmatch(word) else OTHER
    return word, metrics.bind_command(word)


def _found(word: str, answer: object) -> tuple[int, int]:
    """Return the hits and the misses of an answer."""
    if word in ONE_VALUE:
        return (0, 1) if answer is None else (1, 0)
    if word in MANY_VALUES and isinstance(answer, list):
        misses = sum(1 for value in answer if value is None)
        return len(answer) - misses, misses
    return 0, 0


class _Watched:
    """Stands before the client's own class, which ``super()`` finds; that class is known when there is a client."""

    _deskwatch: _Commands
    command_stack: list[tuple[tuple[Any, ...], object]]


def _watch(client: Any, watch: type[_Watched], commands: _Commands) -> Any:  # noqa: ANN401
    client.__class__ = _watching(watch, type(client))
    client._deskwatch = commands  # noqa: SLF001  (it is ours)
    return client


def _watching(watch: type[_Watched], kind: type[object]) -> type:
    made = _classes.get((watch, kind))
    if made is None:
        made = _classes[watch, kind] = type(kind.__name__, (watch, kind), {"__module__": kind.__module__})
    return made


_classes: dict[tuple[type, type], type] = {}


class _Sync(_Watched):
    def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  (as redis-py has it)
        commands = self._deskwatch
        started = commands.clock()
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[misc]
        except BaseException as error:
            commands.failed(args, error, commands.clock() - started)
            raise
        if answer is not self:  # a pipeline answers itself for what it has only queued
            commands.answered(args, answer, commands.clock() - started)
        return answer

    def pipeline(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return _watch(super().pipeline(*args, **kwargs), _SyncPipeline, self._deskwatch)  # type: ignore[misc]


class _SyncPipeline(_Sync):
    def execute(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        commands = self._deskwatch
        sent, started = [command[0] for command in self.command_stack], commands.clock()
        try:
            answers = super().execute(*args, **kwargs)  # type: ignore[misc]
        except BaseException as error:
            commands.pipeline_failed(sent, error, commands.clock() - started)
            raise
        if sent:
            commands.pipeline_answered(sent, answers, commands.clock() - started)
        return answers


class _Async(_Watched):
    def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        answer = super().execute_command(*args, **options)  # type: ignore[misc]
        return answer if answer is self else self._answered(args, answer)  # a pipeline has only queued it

    async def _answered(self, args: tuple[Any, ...], answer: Awaitable[Any]) -> Any:  # noqa: ANN401
        commands = self._deskwatch
        started = commands.clock()
        try:
            got = await answer
        except BaseException as error:
            commands.failed(args, error, commands.clock() - started)
            raise
        commands.answered(args, got, commands.clock() - started)
        return got

    def pipeline(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return _watch(super().pipeline(*args, **kwargs), _AsyncPipeline, self._deskwatch)  # type: ignore[misc]


class _AsyncPipeline(_Async):
    async def execute(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        commands = self._deskwatch
        sent, started = [command[0] for command in self.command_stack], commands.clock()
        try:
            answers = await super().execute(*args, **kwargs)  # type: ignore[misc]
        except BaseException as error:
            commands.pipeline_failed(sent, error, commands.clock() - started)
            raise
        if sent:
            commands.pipeline_answered(sent, answers, commands.clock() - started)
        return answers
