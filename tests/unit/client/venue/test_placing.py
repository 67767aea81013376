from __future__ import annotations

import pytest
from ccxt import (
    ExchangeError,
    ExchangeNotAvailable,
    InsufficientFunds,
    NetworkError,
    OperationFailed,
    RateLimitExceeded,
    RequestTimeout,
)

from deskwatch.client.venue.ccxt_errors import is_unknown, reject_reason
from deskwatch.client.venue.placing import Placing


def _placing(*statuses: int | None) -> Placing:
    placing = Placing()
    for status in statuses:
        placing.leaves()
        placing.status = status
    return placing


@pytest.mark.parametrize(
    ("error", "statuses", "unknown"),
    [
        (RequestTimeout(), (), False),  # it never left
        (RequestTimeout(), (None,), True),
        (ExchangeError(), (None,), True),  # ccxt has a broken connection as one, at times
        (ExchangeNotAvailable(), (503,), True),
        (InsufficientFunds(), (503,), True),
        (InsufficientFunds(), (400,), False),
        (InsufficientFunds(), (200,), False),
        (RateLimitExceeded(), (429,), False),
        (ExchangeNotAvailable(), (403,), False),
        (RequestTimeout(), (408,), True),
        (RequestTimeout(), (200,), True),  # the venue's own word for it
        (OperationFailed(), (400,), True),
        (KeyError("id"), (200,), True),  # an answer that could not be read
        (InsufficientFunds(), (None, 400), True),  # the second try was refused; nobody knows of the first
    ],
)
def test_an_order_is_unknown_unless_somebody_said_no(
    error: Exception, statuses: tuple[int | None, ...], unknown: bool
) -> None:
    assert is_unknown(error, _placing(*statuses)) is unknown


def test_the_reason_is_the_first_class_that_fits() -> None:
    errors = [InsufficientFunds(), RateLimitExceeded(), ExchangeError(), NetworkError(), KeyError()]
    reasons = ["insufficient_funds", "rate_limit", "exchange_error", "network", "other"]
    assert [reject_reason(error) for error in errors] == reasons
