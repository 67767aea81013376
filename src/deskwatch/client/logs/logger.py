"""The logger that a strategy calls.

Way:     the strategy → [logger] → Recorder → standard output (which ``deskwatch run`` captures) or a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deskwatch.client.logs import context
from deskwatch.client.logs.opening import open_output
from deskwatch.client.logs.output import FLUSH_SECONDS
from deskwatch.client.logs.recorder import Recorder, safely_redacted
from deskwatch.client.logs.redact import scrubbed
from deskwatch.client.logs.rotation import DEFAULT_ROTATION, Rotation


class Logger:
    """Writes JSON lines; no call raises. Make one with ``get_logger``.

    A field that has the name of a fixed key gets an underscore: ``level=3`` becomes ``level_``. The field
    ``exc_info`` (an exception, or ``True`` for the one being handled) becomes ``exception``.
    """

    def __init__(self, name: str, recorder: Recorder) -> None:
        self._name = scrubbed(name)
        self._recorder = recorder
        self._bound: dict[str, object] = {}

    def debug(self, message: object, /, **fields: object) -> None:
        """Write a line of level DEBUG."""
        self._recorder.write("DEBUG", self._name, message, fields, self._bound)

    def info(self, message: object, /, **fields: object) -> None:
        """Write a line of level INFO."""
        self._recorder.write("INFO", self._name, message, fields, self._bound)

    def warning(self, message: object, /, **fields: object) -> None:
        """Write a line of level WARNING."""
        self._recorder.write("WARNING", self._name, message, fields, self._bound)

    def error(self, message: object, /, **fields: object) -> None:
        """Write a line of level ERROR."""
        self._recorder.write("ERROR", self._name, message, fields, self._bound)

    def exception(self, message: object, /, **fields: object) -> None:
        """Write a line of level ERROR with the exception that is being handled, as frames without local variables."""
        self._recorder.write("ERROR", self._name, message, {"exc_info": True, **fields}, self._bound)

    def critical(self, message: object, /, **fields: object) -> None:
        """Write a line of level CRITICAL."""
        self._recorder.write("CRITICAL", self._name, message, fields, self._bound)

    def bind(self, **fields: object) -> Logger:
        """Put these fields on every line from here on, and return this logger."""
        self._bound = {**self._bound, **safely_redacted(fields)}
        return self

    @contextmanager
    def context(self, **fields: object) -> Iterator[Logger]:
        """Put these fields on every line of every logger within the block, in this thread or task."""
        with context.added(safely_redacted(fields)):
            yield self

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until the lines so far are in the file, for so long at most, and say whether they are."""
        return self._recorder.flush(timeout_seconds)


def get_logger(
    name: str, log_file: Path | str | None = None, *, rotation: Rotation | None = DEFAULT_ROTATION
) -> Logger:
    """Return a logger of JSON lines.

    Args:
        name: Names the logger and the service.
        log_file: Append to this file, from a thread of its own, instead of writing to standard output; its
            directory is made. Several loggers and several processes may share it.
        rotation: When the file is moved away and how long it is kept; ``None`` leaves that to others.

    Raises:
        OSError: The file cannot be opened.
        ValueError: The file is open already with another rotation.
    """
    return Logger(name, Recorder(name, open_output(log_file, rotation)))
