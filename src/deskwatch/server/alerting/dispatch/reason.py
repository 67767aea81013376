"""Decide whether a group is told now, and name why.

Source:  Alertmanager's words: https://prometheus.io/docs/alerting/latest/configuration/#route
Differs: an alert that fired and resolved before anybody was told is told all the same; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from deskwatch.server.alerting.notification import FlushReason
from deskwatch.server.storage.state import Told
from deskwatch.server.storage.state.alerts import AlertKey


def flush_reason(
    firing: AbstractSet[AlertKey],
    resolved: AbstractSet[AlertKey],
    told: Told,
    quiet_ms: int | None,
    repeat_interval_ms: int,
) -> FlushReason:
    """Return why the group is told now.

    Args:
        firing: The alerts of the group that fire.
        resolved: Those that have ended; they leave the group once that is told.
        told: What the receiver was last told.
        quiet_ms: How long ago that was, ``None`` when never.
        repeat_interval_ms: When the same is told again.
    """
    if firing - told.firing:
        return FlushReason.MORE_FIRING if told.firing else FlushReason.FIRST_FIRING
    if resolved - told.firing:
        return FlushReason.FIRED_AND_RESOLVED
    if resolved:
        return FlushReason.SOME_RESOLVED if firing else FlushReason.ALL_RESOLVED
    if firing and quiet_ms is not None and quiet_ms >= repeat_interval_ms:
        return FlushReason.REPEAT
    return FlushReason.NOTHING_NEW
