"""Lines from structlog.

Way:     ``structlog.get_logger().info("event", key=value)`` → the application's processors → [structlog] → Recorder.
Source:  https://www.structlog.org/en/stable/processors.html
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from deskwatch.client.logs.opening import open_output
from deskwatch.client.logs.output import FLUSH_SECONDS
from deskwatch.client.logs.recorder import Recorder
from deskwatch.client.logs.redact import scrubbed
from deskwatch.client.logs.rotation import DEFAULT_ROTATION, Rotation

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

_OURS: Final = frozenset({"event", "exc_info", "logger", "level", "timestamp"})
"""What other processors may have added and the line has in its fixed keys."""

_LEVELS: Final = {"warn": "WARNING", "exception": "ERROR", "fatal": "CRITICAL", "msg": "INFO"}


class StructlogProcessor:
    """Make it the last processor: ``structlog.configure(processors=[..., StructlogProcessor("my-service")])``.

    Args:
        service: The key ``service``, and ``logger`` where no processor says one.
        log_file: As for ``get_logger``.
        rotation: As for ``get_logger``.

    Raises:
        OSError: The file cannot be opened.
        ValueError: The file is open already with another rotation.
    """

    def __init__(
        self, service: str, log_file: Path | str | None = None, *, rotation: Rotation | None = DEFAULT_ROTATION
    ) -> None:
        self._service = service
        self._recorder = Recorder(service, open_output(log_file, rotation))

    def __call__(self, _: WrappedLogger, method: str, event: EventDict) -> NoReturn:
        """Write the event as a line, and end its way through structlog.

        Raises:
            structlog.DropEvent: Always; structlog takes it as the end.
        """
        import structlog  # noqa: PLC0415  (whoever calls this has it; the others save its 74 ms)

        fields = {key: value for key, value in event.items() if key not in _OURS}
        if event.get("exc_info") or method == "exception":
            fields["exc_info"] = event.get("exc_info", True)
        level = _LEVELS.get(method, method.upper())
        self._recorder.write(level, scrubbed(event.get("logger", self._service)), event.get("event", ""), fields)
        raise structlog.DropEvent

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until the lines are in the file, for so long at most, and say whether they are."""
        return self._recorder.flush(timeout_seconds)
