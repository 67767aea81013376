"""Public fakes, each held to the same contract as the real thing.

Way:     for tests of deskwatch and of what is built on it.
"""

from deskwatch.testing.clock import ManualClock

__all__ = ["ManualClock"]
