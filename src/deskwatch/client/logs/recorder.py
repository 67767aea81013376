"""Make the lines of one service and hand them on; whatever happens, the caller goes on.

Way:     Logger or an adapter → [recorder] → Output.
Time:    the wall clock is an argument.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from deskwatch.client.logs import context
from deskwatch.client.logs.failure import exception_of, structured
from deskwatch.client.logs.line import MAX_MESSAGE_CHARS, Stamp, encode
from deskwatch.client.logs.output import FLUSH_SECONDS, Output
from deskwatch.client.logs.redact import is_clean, redacted, scrubbed
from deskwatch.client.metrics import DropReason, default_registry

NOTHING: Final[Mapping[str, object]] = {}


class Recorder:
    """Writes lines; no call raises.

    Args:
        service: The value of the key ``service``.
        output: Takes the lines.
        now_ns: The wall clock, in nanoseconds since the Unix epoch.
    """

    def __init__(self, service: str, output: Output, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._service = scrubbed(service)
        self._output = output
        self._now_ns = now_ns
        self._stamp = Stamp()

    def write(
        self,
        level: str,
        logger: str,
        message: object,
        fields: Mapping[str, object],
        bound: Mapping[str, object] = NOTHING,
    ) -> None:
        """Write one line; what cannot be written is counted.

        Args:
            level: The key ``level``, in capitals.
            logger: The key ``logger``; it must be ``scrubbed`` text.
            message: The key ``message``.
            fields: The call's own fields, as they came; ``exc_info`` becomes ``exception``.
            bound: Fields that ``redacted`` has made.
        """
        try:
            line = {
                "timestamp": self._stamp(self._now_ns()),
                "level": level,
                "logger": logger,
                "message": scrubbed(message, MAX_MESSAGE_CHARS),
                "service": self._service,
                **context.current(),
                **bound,
                **(fields if is_clean(fields) else _prepared(fields)),
            }
            self._output.put(encode(line))
        except Exception:  # noqa: BLE001  (a closed output, a hostile value: nothing of it may stop the strategy)
            default_registry().drops.count(DropReason.LOG)

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until what was written is in the file, for so long at most, and say whether it is."""
        return self._output.flush(timeout_seconds)


def _prepared(fields: Mapping[str, object]) -> dict[str, object]:
    made = redacted({name: value for name, value in fields.items() if name != "exc_info"})
    error = exception_of(fields.get("exc_info"))
    if error is not None:
        made["exception"] = structured(error)
    return made


def safely_redacted(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields to bind; none of them if they cannot be read, which is counted."""
    try:
        return redacted(fields)
    except Exception:  # noqa: BLE001  (as above)
        default_registry().drops.count(DropReason.LOG)
        return {}
