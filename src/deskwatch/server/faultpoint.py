"""Named points at which a test may kill the process.

``DESKWATCH_CRASH_AT=name:n`` makes the n-th pass of the point send SIGKILL to this very process, as a power
cut or the kernel's OOM killer would. Without the variable a point costs one dictionary look-up. Every commit
and every send has one before and one after (tests/faults checks it).
"""

from __future__ import annotations

import os
import signal

CRASH_AT_VARIABLE = "DESKWATCH_CRASH_AT"

_passes_left: dict[str, int] = {}


def arm(setting: str | None) -> None:
    """Arm the points that ``name:n[,name:n…]`` names; ``None`` disarms all."""
    _passes_left.clear()
    for part in (setting or "").split(","):
        if part:
            name, _, count = part.partition(":")
            _passes_left[name] = int(count or 1)


def fault_point(name: str) -> None:
    """Pass the point; die here if this pass is the armed one."""
    left = _passes_left.get(name)
    if left is None:
        return
    _passes_left[name] = left - 1
    if left <= 1:
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get(CRASH_AT_VARIABLE))
