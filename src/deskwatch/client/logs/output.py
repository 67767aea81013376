"""Where lines go: the port, and standard output.

Way:     a line → [output] → ``deskwatch run``, which captures it.
"""

from __future__ import annotations

import sys
from typing import Final, Protocol

FLUSH_SECONDS: Final = 2.0
"""Sentry's value.

Source: https://docs.sentry.io/platforms/python/configuration/options/#shutdown_timeout
"""


class Output(Protocol):
    """What takes lines."""

    def put(self, line: bytes) -> None:
        """Take a whole line, which ends with a line feed."""
        ...

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:
        """Write what waits, for so long at most; say whether nothing waits any more."""
        ...


class StandardOutput:
    """Writes at once, so that lines and the bot's own prints keep their order."""

    def __init__(self) -> None:
        self._stream = sys.stdout.buffer

    def put(self, line: bytes) -> None:
        """Write the line.

        Raises:
            OSError: Nobody reads it.
            ValueError: The output is closed.
        """
        self._stream.write(line)
        self._stream.flush()

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> bool:  # noqa: ARG002
        """Say that nothing waits."""
        return True
