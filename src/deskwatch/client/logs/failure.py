"""Turn an exception into structured frames: where it went, never what the variables held.

Way:     a call with ``exc_info`` → [failure] → the field ``exception``.
Source:  https://docs.python.org/3/library/traceback.html#traceback.walk_tb
"""

from __future__ import annotations

import sys
import traceback
from typing import Final

from deskwatch.client.logs.redact import scrubbed

MAX_FRAMES: Final = 30  # innermost; with MAX_CHAIN a line stays under the 16 KiB that the server keeps of it
MAX_CHAIN: Final = 3  # an exception and two of those that led to it


def exception_of(exc_info: object) -> BaseException | None:
    """Return the exception that ``exc_info`` means, as the standard library reads it.

    Args:
        exc_info: An exception, ``True`` for the one that is being handled, or the triple of ``sys.exc_info()``.
    """
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return next((part for part in exc_info if isinstance(part, BaseException)), None)
    return sys.exc_info()[1] if exc_info else None


def structured(error: BaseException) -> dict[str, object]:
    """Return type, message, frames (outermost first) and, as ``cause``, what led to it."""
    chain = _chain(error)
    told: dict[str, object] = {}
    for link in reversed(chain):
        told = _one(link) | ({"cause": told} if told else {})
    return told


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and len(chain) < MAX_CHAIN and not any(link is known for known in chain):
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return chain


def _one(error: BaseException) -> dict[str, object]:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    frames = [
        {"file": frame.f_code.co_filename, "line": line, "function": frame.f_code.co_qualname}
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return {"type": name, "message": scrubbed(error), "frames": frames[-MAX_FRAMES:]}
