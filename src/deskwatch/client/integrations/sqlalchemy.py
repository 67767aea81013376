"""Statements and pools of SQLAlchemy's engines, sync and async.

Way:     the engine's events → [sqlalchemy] → the families ``database_*``; pools are read at the scrape.
Threads: what a statement needs is kept in its own execution context.
Source:  https://docs.sqlalchemy.org/en/20/core/events.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from deskwatch.client.extra import load
from deskwatch.client.service.metrics import DEFAULT_DATABASE, ServiceMetrics

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

OTHER: Final = "other"
_OPERATIONS: Final = {"SELECT": "select", "INSERT": "insert", "UPDATE": "update", "DELETE": "delete"}
_BEFORE_WORDS: Final = " \t\r\n(;"
_WORD: Final = re.compile(r"[A-Za-z]*")
MAX_COMMENT_CHARS: Final = 1_000
"""So far into a statement its first word is looked for, behind comments; sqlcommenter's are shorter."""

_STARTED: Final = "_deskwatch_started"
"""The attribute of an execution context that says when its statement was sent."""


def watch_sqlalchemy(
    engine: Engine | AsyncEngine, metrics: ServiceMetrics | None = None, *, database: str | None = None
) -> ServiceMetrics:
    """Time the statements of an engine, count its errors and transactions, and tell of its pool.

    Args:
        engine: Of ``create_engine`` or ``create_async_engine``. Watching it twice is watching it once.
        metrics: Where to record; by default a recorder in the registry of the process.
        database: The label ``database``; by default the database of the engine's URL. Two engines of one database, such
            as one for reading, need names of their own.

    Returns:
        The recorder, for what else the service does.

    Raises:
        MissingExtraError: SQLAlchemy is not installed.
    """
    listen = load("sqlalchemy.event", "sqlalchemy", "Timing SQL statements").listen
    recorder = metrics if metrics is not None else ServiceMetrics()
    sync_engine: Engine = getattr(engine, "sync_engine", engine)  # type: ignore[arg-type]
    if sync_engine in _watched:
        return recorder
    _watched.add(sync_engine)
    name = database or sync_engine.url.database or DEFAULT_DATABASE
    watch = _EngineWatch(sync_engine, recorder, name)
    listen(sync_engine, "before_cursor_execute", watch.sending)
    listen(sync_engine, "after_cursor_execute", watch.answered)
    listen(sync_engine, "handle_error", watch.failed)
    listen(sync_engine, "commit", watch.committed)
    listen(sync_engine, "rollback", watch.rolled_back)
    recorder.registry.show_before_exposing(watch)
    return recorder


_watched: WeakSet[Engine] = WeakSet()


class _EngineWatch:
    """One engine; its listeners keep this alive as long as the engine lives."""

    def __init__(self, engine: Engine, metrics: ServiceMetrics, database: str) -> None:
        self._engine = engine
        self._recorder = metrics.bind_database(database)
        self._clock = metrics.clock

    # SQLAlchemy gives these two: connection, cursor, statement, parameters, context, executemany.

    def sending(self, *given: object) -> None:
        if given[4] is not None:
            setattr(given[4], _STARTED, self._clock())

    def answered(self, *given: object) -> None:
        seconds = self._seconds(given[4])
        if seconds is not None:
            self._recorder.record(operation_of(str(given[2]), given[4]), seconds)

    def failed(self, error: ExceptionContext) -> None:
        seconds = self._seconds(error.execution_context)
        kind = type(error.original_exception).__name__
        if seconds is None or error.statement is None:
            self._recorder.record_error(kind)
        else:
            self._recorder.record(operation_of(error.statement, error.execution_context), seconds, kind)

    def committed(self, _: Connection) -> None:
        self._recorder.record_transaction("commit")

    def rolled_back(self, _: Connection) -> None:
        self._recorder.record_transaction("rollback")

    def _seconds(self, context: object) -> float | None:
        """Return how long the statement took, once; an error while its rows are fetched comes after that."""
        started: float | None = getattr(context, _STARTED, None)
        if started is None:
            return None
        setattr(context, _STARTED, None)
        return self._clock() - started

    def show(self) -> None:
        """Read the pool, in the thread of the scrape; pools that keep no connections tell nothing."""
        pool: Any = self._engine.pool
        if not hasattr(pool, "checkedout"):
            return
        # There is no public way to the overflow: https://docs.sqlalchemy.org/en/20/core/pooling.html
        overflow = getattr(pool, "_max_overflow", 0)
        maximum = pool.size() + overflow if overflow >= 0 else float("inf")
        self._recorder.record_connections(pool.checkedout(), pool.checkedin(), maximum)


def operation_of(statement: str, context: object = None) -> str:
    """Return the kind of a statement: ``select``, ``insert``, ``update``, ``delete`` or ``other``.

    Args:
        statement: Its text.
        context: SQLAlchemy's execution context, which knows what stands behind a ``WITH``.
    """
    operation = _OPERATIONS.get(statement[:6])
    if operation is not None:
        return operation
    word = _first_word(statement[:MAX_COMMENT_CHARS])
    return _of_with(context) if word == "WITH" else _OPERATIONS.get(word, OTHER)


def _first_word(text: str) -> str:
    text = text.lstrip(_BEFORE_WORDS)
    while text.startswith(("/*", "--")):
        text = text.partition("*/" if text[0] == "/" else "\n")[2].lstrip(_BEFORE_WORDS)
    found = _WORD.match(text)
    return found.group().upper() if found else ""


def _of_with(context: object) -> str:
    for kind in ("insert", "update", "delete"):
        if getattr(context, f"is{kind}", False):
            return kind
    return "select"
