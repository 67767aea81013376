"""Make objects usable again in a forked child, where the parent's threads are gone and its locks may be held.

Way:     [fork] is told of each object that owns a lock, a thread or a socket; the child asks each to start afresh.
Source:  https://docs.python.org/3/library/os.html#os.register_at_fork
"""

from __future__ import annotations

import os
import threading  # noqa: F401  (its own hook must run before ours, which may start threads)
import weakref
from typing import Protocol


class ForkSafe(Protocol):
    """What knows how to start afresh in a child."""

    def after_fork(self) -> None:
        """Replace locks, forget threads, and leave to the parent what is the parent's."""
        ...


_survivors: weakref.WeakSet[ForkSafe] = weakref.WeakSet()


def renew_after_fork(survivor: ForkSafe) -> None:
    """Have ``survivor.after_fork()`` called in every child; the object is not kept alive by this."""
    _survivors.add(survivor)


def _in_child() -> None:
    for survivor in list(_survivors):
        survivor.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
