from __future__ import annotations

import pytest

from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.server.alerting.notify import RetryPolicy

POLICY = RetryPolicy()


def error(*, retryable: bool = True, asked: float | None = None) -> DeliveryError:
    reason = DeliveryReason.SERVER_ERROR
    return DeliveryError("down", reason=reason, retryable=retryable, retry_after_seconds=asked)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (5_000, 300)])
def test_pauses_double_up_to_five_minutes(attempts, seconds):
    assert POLICY.pause_seconds(attempts, error(), lambda: 0.0) == seconds


def test_jitter_adds_at_most_a_fifth():
    assert POLICY.pause_seconds(10, error(), lambda: 1.0) == pytest.approx(360)


@pytest.mark.parametrize(("asked", "seconds"), [(120, 120), (999_999, 3600), (0.1, 1)])
def test_the_service_may_ask_for_a_longer_pause_of_up_to_an_hour(asked, seconds):
    assert POLICY.pause_seconds(1, error(asked=asked), lambda: 0.0) == seconds


def test_a_permanent_failure_is_never_tried_again():
    assert POLICY.next_try_ms(1, 0, error(retryable=False), 0, lambda: 0.0) is None


def test_a_message_is_given_up_after_a_day():
    day_ms = 86_400_000
    assert POLICY.next_try_ms(300, 0, error(), day_ms - 300_000, lambda: 0.0) == day_ms
    assert POLICY.next_try_ms(300, 0, error(), day_ms - 299_999, lambda: 0.0) is None
