"""JSON lines, one an event, with fixed keys.

Way:     the strategy → [logs] → standard output (which ``deskwatch run`` captures) or a file.
Keys:    timestamp (ISO 8601, UTC, microseconds), level, logger, message, service; then context, bound and own fields.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from deskwatch.client import untrusted
from deskwatch.client.metrics import DropReason, default_registry

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

RESERVED: Final = frozenset({"timestamp", "level", "logger", "message", "service"})

_context: ContextVar[Mapping[str, object]] = ContextVar("deskwatch_log_context", default=MappingProxyType({}))


class Logger:
    """Writes JSON lines; no call raises. Make one with ``get_logger``.

    A field that has the name of a fixed key gets an underscore: ``level=3`` becomes ``level_``.
    """

    def __init__(self, name: str, wrapped: Any) -> None:  # noqa: ANN401  (structlog's bound logger)
        self._name = name
        self._wrapped = wrapped
        self._bound: dict[str, object] = {}

    def debug(self, message: object, /, **fields: object) -> None:
        """Write a line of level DEBUG."""
        self._write("DEBUG", message, fields)

    def info(self, message: object, /, **fields: object) -> None:
        """Write a line of level INFO."""
        self._write("INFO", message, fields)

    def warning(self, message: object, /, **fields: object) -> None:
        """Write a line of level WARNING."""
        self._write("WARNING", message, fields)

    def error(self, message: object, /, **fields: object) -> None:
        """Write a line of level ERROR."""
        self._write("ERROR", message, fields)

    def critical(self, message: object, /, **fields: object) -> None:
        """Write a line of level CRITICAL."""
        self._write("CRITICAL", message, fields)

    def bind(self, **fields: object) -> Logger:
        """Put these fields on every line from here on, and return this logger."""
        self._bound = {**self._bound, **fields}
        return self

    @contextmanager
    def context(self, **fields: object) -> Iterator[Logger]:
        """Put these fields on every line of every logger within the block, in this thread or task."""
        token = _context.set({**_context.get(), **fields})
        try:
            yield self
        finally:
            _context.reset(token)

    def _write(self, level: str, message: object, fields: dict[str, object]) -> None:
        try:
            own = {**_context.get(), **self._bound, **fields}
            named = {f"{key}_" if key in RESERVED else key: value for key, value in own.items()}
            text = untrusted.text(message, max_chars=MAX_MESSAGE_CHARS)
            self._wrapped.msg(text, level=level, logger=self._name, service=self._name, fields=named)
        except Exception:  # noqa: BLE001  (a closed or full standard output must not stop the strategy)
            default_registry().drops.count(DropReason.LOG)


MAX_MESSAGE_CHARS: Final = 8192
"""Longer messages are cut; the server cuts a captured line at 16 KiB."""


def get_logger(name: str, log_file: Path | str | None = None) -> Logger:
    """Return a logger of JSON lines.

    Args:
        name: Names the logger and the service.
        log_file: Append to this file instead of writing to standard output; its directory is made.

    Raises:
        OSError: The file cannot be opened.
    """
    import structlog  # noqa: PLC0415  (74 ms that a bot with another logger saves)

    wrapped = structlog.wrap_logger(
        structlog.BytesLogger(_open(log_file)), processors=[_timestamped, _encoded], wrapper_class=structlog.BoundLogger
    )
    return Logger(name, wrapped)


def _open(log_file: Path | str | None) -> BinaryIO:
    if log_file is None:
        return sys.stdout.buffer
    path = Path(log_file)
    path.parent.mkdir(parents=True, exist_ok=True)
    return cast("BinaryIO", _Appender(path))


class _Appender:
    """Appends each line with one write, which O_APPEND keeps whole among several processes."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        weakref.finalize(self, os.close, self._descriptor)

    def write(self, line: bytes) -> int:
        return os.write(self._descriptor, line)

    def flush(self) -> None: ...


def _timestamped(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    now = datetime.now(UTC)
    return {"timestamp": now.isoformat(timespec="microseconds").replace("+00:00", "Z"), **event}


def _encoded(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    import orjson  # noqa: PLC0415

    line = {key: event.get(key) for key in ("timestamp", "level", "logger")}
    line |= {"message": event.get("event"), "service": event.get("service"), **event["fields"]}
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    try:
        return orjson.dumps(line, default=_plain, option=options)
    except orjson.JSONEncodeError:  # half a surrogate, a cycle: every field as text
        return orjson.dumps({untrusted.text(key): _plain(value) for key, value in line.items()}, option=options)


def _plain(value: object) -> str:
    text = untrusted.text(value)
    return text if text is not None else f"<unprintable {type(value).__name__}>"
