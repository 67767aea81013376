"""Fields that every line of a block carries, in this thread or task alone.

Source:  https://docs.python.org/3/library/contextvars.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_NONE: Final[dict[str, object]] = {}  # never written to; a MappingProxyType takes ten times as long to merge

_fields: ContextVar[Mapping[str, object]] = ContextVar("deskwatch_log_context", default=_NONE)

current: Final = _fields.get
"""Return the fields of the blocks that are open here; a bound method, because every line asks."""


@contextmanager
def added(fields: Mapping[str, object]) -> Iterator[None]:
    """Add the fields for the time of the block."""
    token = _fields.set({**current(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)
