"""Public fakes, each held to the same contract as the real thing.

Way:     for tests of deskwatch and of what is built on it.
"""

from typing import TYPE_CHECKING

from deskwatch.testing.clock import ManualClock
from deskwatch.testing.notifier import CollectingNotifier

if TYPE_CHECKING:
    from deskwatch.testing.storage import MemoryStorage

__all__ = ["CollectingNotifier", "ManualClock", "MemoryStorage"]


def __getattr__(name: str) -> object:
    """Import what needs ``deskwatch[server]`` when it is first asked for."""
    if name == "MemoryStorage":
        from deskwatch.testing.storage import MemoryStorage  # noqa: PLC0415

        return MemoryStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
