"""Say what went wrong inside the client, seldom, and never on the strategy's thread.

Way:     any part of the client → [diagnostics] → the logger ``deskwatch`` of the standard library.
Threads: a handler of the host may block, so each message is logged by a short-lived daemon thread.
"""

from __future__ import annotations

import logging
import threading
import time

SILENCE_SECONDS = 20.0
"""The same problem is told once in this time; OpenTelemetry's DuplicateFilter takes 20 s too."""

_logger = logging.getLogger("deskwatch")
_last_said: dict[str, float] = {}


def say(problem: str, message: str) -> threading.Thread | None:
    """Log the message unless the same problem was told lately.

    Args:
        problem: Names the problem; a handful of fixed words, so the memory of it stays small.
        message: What happened, where, and what would be right.

    Returns:
        The thread that logs it, for those who want to wait.
    """
    now = time.monotonic()
    if now - _last_said.get(problem, -SILENCE_SECONDS) < SILENCE_SECONDS:
        return None
    _last_said[problem] = now
    return tell(message)


def tell(message: str) -> threading.Thread | None:
    """Log the message, from a thread of its own; the caller sees to it that this is seldom."""
    thread = threading.Thread(target=_log, args=(message,), name="deskwatch-diagnostics", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can start: the interpreter is going down, and nobody would read it
        return None
    return thread


def _log(message: str) -> None:
    try:
        _logger.error(message)
    except Exception:  # noqa: BLE001  (the host's handler failed; there is nowhere left to say so)
        _last_said.clear()


def forget() -> None:
    """Forget what was said, so that the next problem is told at once."""
    _last_said.clear()
