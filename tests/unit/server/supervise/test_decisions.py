"""What follows an exit or a silence, without any process."""

from __future__ import annotations

import pytest

from deskwatch.config import RestartSettings
from deskwatch.server.supervise import (
    HangVerdict,
    RestartDecision,
    RestartVerdict,
    hang_decision,
    restart_decision,
)

POLICY = {"policy": "on-failure", "backoff": "1s", "backoff_max": "5s", "max_restarts": 5, "window": "15m"}


def settings(**changed: object) -> RestartSettings:
    return RestartSettings.model_validate({**POLICY, **changed})


@pytest.mark.parametrize(
    ("policy", "exit_code", "verdict"),
    [
        ("on-failure", 0, RestartVerdict.LEAVE),
        ("on-failure", 1, RestartVerdict.RESTART),
        ("on-failure", -9, RestartVerdict.RESTART),
        ("on-failure", None, RestartVerdict.LEAVE),
        ("always", 0, RestartVerdict.RESTART),
        ("always", None, RestartVerdict.RESTART),
        ("never", 1, RestartVerdict.LEAVE),
    ],
)
def test_the_policy_decides(policy, exit_code, verdict):
    assert restart_decision(settings(policy=policy), exit_code, [], 100.0).verdict is verdict


def test_the_wait_doubles_up_to_its_longest():
    waits = [restart_decision(settings(), 1, [99.0] * n, 100.0).delay_seconds for n in range(5)]
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_too_many_restarts_in_the_window_are_the_end():
    assert restart_decision(settings(), 1, [99.0] * 5, 100.0) == RestartDecision(RestartVerdict.GIVE_UP)


def test_restarts_before_the_window_are_forgotten():
    assert restart_decision(settings(), 1, [0.0] * 5, 900.0) == RestartDecision(RestartVerdict.RESTART, 1.0)


def test_three_restarts_in_a_quarter_of_an_hour_are_the_default():
    """Reliability E4."""
    assert (RestartSettings().max_restarts, RestartSettings().window_ms) == (3, 900_000)


@pytest.mark.parametrize(
    ("last", "now", "hung", "verdict"),
    [
        (None, 1e9, False, HangVerdict.UNCHANGED),
        (0.0, 60.0, False, HangVerdict.UNCHANGED),
        (0.0, 60.1, False, HangVerdict.HUNG),
        (0.0, 90.0, True, HangVerdict.UNCHANGED),
        (89.0, 90.0, True, HangVerdict.RECOVERED),
    ],
)
def test_only_silence_after_a_heartbeat_is_a_hang(last, now, hung, verdict):
    assert hang_decision(last, now, 60.0, hung=hung) is verdict
