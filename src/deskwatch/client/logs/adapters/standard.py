"""Lines from the standard library's ``logging``.

Way:     ``logging.getLogger(...).info(..., extra={...})`` → [standard] → Recorder.
Source:  https://docs.python.org/3/library/logging.html#logrecord-attributes
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from deskwatch.client.logs.opening import open_output
from deskwatch.client.logs.recorder import Recorder
from deskwatch.client.logs.redact import scrubbed
from deskwatch.client.logs.rotation import DEFAULT_ROTATION, Rotation

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes that every record has; what is beyond them came by ``extra``."""


class StandardHandler(logging.Handler):
    """Add it to a logger: ``logging.getLogger().addHandler(StandardHandler("my-service"))``.

    Args:
        service: The key ``service``.
        log_file: As for ``get_logger``.
        rotation: As for ``get_logger``.

    Raises:
        OSError: The file cannot be opened.
        ValueError: The file is open already with another rotation.
    """

    def __init__(
        self, service: str, log_file: Path | str | None = None, *, rotation: Rotation | None = DEFAULT_ROTATION
    ) -> None:
        super().__init__()
        self._recorder = Recorder(service, open_output(log_file, rotation))

    def createLock(self) -> None:  # noqa: N802  (logging's name)
        """Take no lock: the queue needs none, and a signal handler may log while another line is being made."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as a line; a message whose arguments do not fit it is written without them."""
        message: object = record.msg
        with suppress(Exception):  # "%d" of a text, a hostile __str__: then the message itself is logged
            message = record.getMessage()
        extra = {
            name: value for name, value in vars(record).items() if name not in _OWN or (name == "exc_info" and value)
        }
        self._recorder.write(record.levelname, scrubbed(record.name), message, extra)

    def flush(self) -> None:
        """Wait until the lines are in the file."""
        self._recorder.flush()
