"""Decide whether the bot is started again, and whether it hangs; no process is touched here.

Source:  reliability E4: a bot that keeps failing is started a few times in a window, then held and paged.
Time:    seconds of the monotonic clock, passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from deskwatch.config import RestartSettings


class RestartVerdict(StrEnum):
    """What follows an exit."""

    RESTART = "restart"
    LEAVE = "leave"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class RestartDecision:
    """What follows an exit, and after how long."""

    verdict: RestartVerdict
    delay_seconds: float = 0.0


class HangVerdict(StrEnum):
    """What the heartbeat tells."""

    UNCHANGED = "unchanged"
    HUNG = "hung"
    RECOVERED = "recovered"


def restart_decision(
    settings: RestartSettings, exit_code: int | None, restarts: Sequence[float], now: float
) -> RestartDecision:
    """Decide what follows an exit.

    Args:
        settings: The policy.
        exit_code: 0 is success; None is unknown (a bot that was taken over) and no reason to start it again
            unless the policy is always: an unknown end may have been meant.
        restarts: When it was started again before, in monotonic seconds.
        now: The time, in monotonic seconds.
    """
    wanted = settings.policy == "always" or (settings.policy == "on-failure" and exit_code not in (0, None))
    if not wanted:
        return RestartDecision(RestartVerdict.LEAVE)
    recent = sum(now - restart < settings.window_ms / 1000 for restart in restarts)
    if recent >= settings.max_restarts:
        return RestartDecision(RestartVerdict.GIVE_UP)
    # 2**30 seconds is past any backoff_max and keeps the power small.
    delay_ms = min(settings.backoff_ms * 2 ** min(recent, 30), settings.backoff_max_ms)
    return RestartDecision(RestartVerdict.RESTART, delay_ms / 1000)


def hang_decision(last_heartbeat: float | None, now: float, timeout_seconds: float, *, hung: bool) -> HangVerdict:
    """Decide from the heartbeat whether a living bot hangs.

    Args:
        last_heartbeat: When the last one came, or None: a bot that sends none is never judged.
        now: The time.
        timeout_seconds: The longest silence.
        hung: Whether it was already found hung.
    """
    if last_heartbeat is None:
        return HangVerdict.UNCHANGED
    silent = now - last_heartbeat > timeout_seconds
    if silent == hung:
        return HangVerdict.UNCHANGED
    return HangVerdict.HUNG if silent else HangVerdict.RECOVERED
