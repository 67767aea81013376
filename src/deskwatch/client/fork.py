"""Make objects usable again in a forked child, where the parent's threads are gone and its locks may be held.

Way:     [fork] is told of each object that owns a lock, a thread or a socket; the child asks each to start afresh. One
         whose thread works in a library that cannot be forked in the middle of its work is asked to pause before.
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


class Pausing(ForkSafe, Protocol):
    """What must not be in the middle of something when the process forks."""

    def before_fork(self) -> None:
        """Come to rest, or give up soon: the caller of fork waits."""
        ...

    def after_fork_in_parent(self) -> None:
        """Go on."""
        ...


_survivors: weakref.WeakSet[ForkSafe] = weakref.WeakSet()


def renew_after_fork(survivor: ForkSafe) -> None:
    """Have ``survivor.after_fork()`` called in every child; the object is not kept alive by this."""
    _survivors.add(survivor)


_pausing: weakref.WeakSet[Pausing] = weakref.WeakSet()


def pause_for_fork(pausing: Pausing) -> None:
    """Have it also called before each fork, and in the parent after it."""
    renew_after_fork(pausing)
    _pausing.add(pausing)


def _before() -> None:
    for pausing in list(_pausing):
        pausing.before_fork()


def _in_parent() -> None:
    for pausing in list(_pausing):
        pausing.after_fork_in_parent()


def _in_child() -> None:
    for survivor in list(_survivors):
        survivor.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
