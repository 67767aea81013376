"""Lines from loguru.

Way:     ``loguru.logger.info("text", key=value)`` → [loguru] → Recorder.
Source:  https://loguru.readthedocs.io/en/stable/api/logger.html#record
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from deskwatch.client.extra import load
from deskwatch.client.logs.opening import open_output
from deskwatch.client.logs.output import FLUSH_SECONDS
from deskwatch.client.logs.recorder import Recorder
from deskwatch.client.logs.redact import scrubbed
from deskwatch.client.logs.rotation import DEFAULT_ROTATION, Rotation

_LEVELS: Final = {"TRACE": "DEBUG", "SUCCESS": "INFO"}
"""Levels that only loguru has; any other name stays as it is."""


def add_to_loguru(
    service: str,
    log_file: Path | str | None = None,
    *,
    level: str = "DEBUG",
    rotation: Rotation | None = DEFAULT_ROTATION,
) -> int:
    """Have loguru's logger write lines too, and return what ``loguru.logger.remove`` takes.

    Fields are those of ``bind``, of ``contextualize`` and of the call.

    Args:
        service: The key ``service``.
        log_file: As for ``get_logger``.
        level: Messages below it are left out.
        rotation: As for ``get_logger``.

    Raises:
        MissingExtraError: loguru is not installed.
        OSError: The file cannot be opened.
        ValueError: The file is open already with another rotation, or loguru has no such level.
    """
    loguru = load("loguru", "loguru", "Logging from loguru")
    sink = _Sink(Recorder(service, open_output(log_file, rotation)))
    # Its own text is not used, so it is not made; "diagnose" would put local variables into it.
    added: int = loguru.logger.add(sink, level=level, format=_no_text, backtrace=False, diagnose=False, colorize=False)
    return added


class _Sink:
    """Takes loguru's messages; ``stop`` is called when it is removed.

    Source: https://loguru.readthedocs.io/en/stable/api/logger.html#sink
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def write(self, message: Any) -> None:  # noqa: ANN401  (loguru's Message, which has no public type)
        record = message.record
        level = record["level"].name
        fields = {**record["extra"]}
        if record["exception"]:
            fields["exc_info"] = record["exception"].value
        self._recorder.write(_LEVELS.get(level, level), scrubbed(record["name"] or ""), record["message"], fields)

    def flush(self) -> None:
        self._recorder.flush()

    def stop(self) -> None:
        self._recorder.flush(FLUSH_SECONDS)


def _no_text(_: object) -> str:
    return ""
